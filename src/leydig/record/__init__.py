"""The record: dated results and treatments of one man, and the files that hold them."""

from leydig.record.files import read_record
from leydig.record.record import Override, Record, Result, Treatment

__all__ = ["Override", "Record", "Result", "Treatment", "read_record"]
