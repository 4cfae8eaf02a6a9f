"""The protocol: who is a candidate, what to aim for, when to measure, how to adjust, when to stop."""

from leydig.care.assess import assess
from leydig.care.finding import Assessment, Finding
from leydig.care.protocol import Protocol
from leydig.care.protocol_file import protocol

__all__ = ["Assessment", "Finding", "Protocol", "assess", "protocol"]
