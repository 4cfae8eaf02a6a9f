"""Virtual trials as they are asked for: a shipped one or a pasted text, within what a worker may be asked."""

from dataclasses import replace
from typing import Any

from leydig.errors import BadTrial, UnknownName
from leydig.protocol.reader import names
from leydig.service.bodies import TrialBody
from leydig.service.problems import ServiceProblem
from leydig.trial.design.design import Trial
from leydig.trial.design.trial_file import shipped_trials, trial_of_text

__all__ = ["MOST_DAYS", "trial_of_question", "trial_question"]

MOST_DAYS = 5_000_000  # man-days of all arms: some minutes of a worker


def trial_question(body: TrialBody) -> dict[str, Any]:
    """Return what a worker is asked for: the text of a trial, and its size and seed.

    Raises
    ------
    ServiceProblem
        Status 404, when nothing of this name is shipped; 422, when neither or both of name and text are given.
    BadTrial
        When the text is none, names a file, repeats itself, or is larger than a worker may be asked for.
    """
    if bool(body.name) == bool(body.text.strip()):
        raise ServiceProblem(
            "WrongBody",
            422,
            "got neither or both of name and text; expected one of them. Leave one out.",
            pointer="/text",
        )
    if body.name and body.name not in shipped_trials():
        raise ServiceProblem("NotFound", 404, str(UnknownName.among("trial", body.name[:64], shipped_trials())))
    text = shipped_trials()[body.name] if body.name else body.text
    trial = trial_of_text(text)
    question = {
        "text": text,
        "n": trial.n if body.n is None else body.n,
        "seed": trial.seed if body.seed is None else body.seed,
    }
    _refuse_files(trial)
    if trial.uncertainty:
        raise BadTrial(
            f"got uncertainty {trial.uncertainty}; expected 0 here, one run. Run it by: leydig trial run FILE"
        )
    days = trial_of_question(question).n * trial.days * len(trial.arms)
    if days > MOST_DAYS:
        raise BadTrial(
            f"got {days:,} man-days over all arms; expected at most {MOST_DAYS:,} here. Take fewer men or months, or "
            "run it by: leydig trial run FILE"
        )
    return question


def trial_of_question(question: dict[str, Any]) -> Trial:
    """Return the trial of a question, as a worker runs it; raises BadTrial."""
    return replace(trial_of_text(question["text"]), n=question["n"], seed=question["seed"])


def _refuse_files(trial: Trial) -> None:
    """Refuse a protocol that is a file: a text that was sent may name none of this machine."""
    for name in (trial.enrolled_by, *(arm.protocol for arm in trial.arms if arm.protocol)):
        if name not in names():
            raise BadTrial(str(UnknownName.among("protocol", name[:64], names())))
