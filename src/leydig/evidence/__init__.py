"""The evidence: published studies as data, replayed by the model and used, or kept away, in its fit."""

from leydig.evidence.replay import Replayed, replay
from leydig.evidence.study import Study
from leydig.evidence.study_file import load, studies

__all__ = ["Replayed", "Study", "load", "replay", "studies"]
