"""The evidence: published studies as data, replayed by the model and used, or kept away, in its fit."""

from leydig.evidence.replay import Prediction, replay
from leydig.evidence.study import Study
from leydig.evidence.study_file import load_study, studies

__all__ = ["Prediction", "Study", "load_study", "replay", "studies"]
