"""The evidence: published studies as data, replayed by the model and used, or kept away, in its fit."""

from leydig.evidence.replay import Compared, replay
from leydig.evidence.study import Study, load, studies

__all__ = ["Compared", "Study", "load", "replay", "studies"]
