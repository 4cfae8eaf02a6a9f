"""`run`: a whole virtual trial, batch by batch, on one core, many, or a cluster: always the same trial."""

import os
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass, replace
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from leydig.care.protocol_file import protocol
from leydig.errors import BadTrial
from leydig.extras import extra
from leydig.simulation.progress import Watch, untold
from leydig.trial.design import Trial
from leydig.trial.ledger import head
from leydig.trial.outcome import Kept, Outcome, joined, kept

__all__ = ["BATCH", "Ran", "batches", "run"]

BATCH = 250  # men who are screened together
FEWEST = 0.01  # share of the screened below which enrollment is given up
LOOKED_AT = 2000  # men screened before it is given up
AHEAD = 1.5  # batches on their way for each worker


@dataclass(frozen=True)
class Ran:
    """A trial that has run.

    Attributes
    ----------
    trial : Trial
    screened : int
        Men screened until the last one was enrolled.
    excluded : dict of str to int
        Men who were not enrolled, by reason.
    arms : dict of str to Outcome
    """

    trial: Trial
    screened: int
    excluded: dict[str, int]
    arms: dict[str, Outcome]


def run(
    trial: Trial, workers: int | str | None = None, size: int = BATCH, ledger: Path | str | None = None,
    watch: Watch = untold,
) -> Ran:  # fmt: skip
    """Run a virtual trial.

    Parameters
    ----------
    trial : Trial
    workers : int or str, optional
        How many processes share the batches, one core each, or ``"dask://host:port"`` for a Dask cluster; every core
        of this machine when left out.
    size : int, optional
        Men who are screened together; bounds the memory of a worker, never the numbers.
    ledger : Path or str, optional
        Where every decision is written, one line for each man and arm (`leydig.trial.ledger`).
    watch : callable, optional
        Told how many men are enrolled.

    Returns
    -------
    Ran
        To the byte the same for any number of workers and any size of batches.

    Raises
    ------
    BadTrial
        When hardly anybody is enrolled, so that the trial would never fill.
    """
    parts: list[Kept] = []
    enrolled = 0
    if ledger is not None:
        Path(ledger).parent.mkdir(parents=True, exist_ok=True)
    with nullcontext() if ledger is None else Path(ledger).open("w", encoding="utf-8") as file:
        if file is not None:
            file.write(head(trial) + "\n")
        for one in batches(trial, workers, size, ledger is not None):
            room = trial.n - enrolled
            if file is not None:
                for of_one_man in list(zip(*one.lines.values(), strict=True))[:room]:
                    file.writelines(f"{line}\n" for line in of_one_man)
            parts.append(replace(one, lines={}))
            enrolled += _enrolled(one)
            watch("men enrolled", min(enrolled, trial.n), trial.n)
            if enrolled >= trial.n:
                break
            _check_filling(trial, parts, enrolled)
    return _joined(trial, parts)


def _check_filling(trial: Trial, parts: list[Kept], enrolled: int) -> None:
    """Refuse a trial that would never fill."""
    screened = sum(one.screened for one in parts)
    if screened >= LOOKED_AT and enrolled < FEWEST * screened:
        reasons = Counter(reason for one in parts for reason in one.excluded.values())
        raise BadTrial(
            f"of {screened} men of kind {trial.kind!r} {enrolled} were enrolled by {trial.enrolled_by!r}; most often: "
            f"{reasons.most_common(1)[0][0]}. Choose another kind, age or BMI, or another protocol."
        )


def batches(trial: Trial, workers: int | str | None = None, size: int = BATCH, ledger: bool = False) -> Iterator[Kept]:
    """Yield the batches of a trial in order, until the reader has enough; arguments and errors as `run`."""
    _known(trial)
    if isinstance(workers, str) and workers.startswith("dask://"):
        yield from _on_cluster(trial, workers.removeprefix("dask://"), size, ledger)
        return
    count = workers if isinstance(workers, int) else os.cpu_count() or 1
    if isinstance(workers, str) or count < 1:
        raise BadTrial(f"workers {workers!r} came. Allowed: a number of at least 1, or dask://host:port. Correct it.")
    if count == 1 or trial.n <= size // 2:
        first = 0
        while True:
            yield kept(trial, first, size, ledger)
            first += size
    with ProcessPoolExecutor(count, mp_context=get_context("spawn")) as pool:
        try:
            yield from _ahead(
                lambda first: pool.submit(kept, trial, first, size, ledger, 1), round(AHEAD * count), size
            )
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def _on_cluster(trial: Trial, address: str, size: int, ledger: bool) -> Iterator[Kept]:
    """Yield the batches that the workers of a Dask cluster make."""
    with extra("cluster"):
        from dask.distributed import Client

    with Client(f"tcp://{address}", set_as_default=False) as client:
        workers = max(len(client.scheduler_info()["workers"]), 1)
        submit = partial(_submitted, client, trial, size, ledger)
        yield from _ahead(submit, round(AHEAD * workers), size)


def _submitted(client: Any, trial: Trial, size: int, ledger: bool, first: int) -> Any:
    return client.submit(kept, trial, first, size, ledger, 1, pure=False)


def _ahead(submit: Any, waiting: int, size: int) -> Iterator[Kept]:
    """Yield submitted batches in order, with so many of them on their way; what is not read is cancelled."""
    first, sent = 0, list[Any]()
    try:
        while True:
            while len(sent) < waiting:
                sent.append(submit(first))
                first += size
            yield sent.pop(0).result()
    finally:
        for future in sent:
            future.cancel()


def _known(trial: Trial) -> None:
    """Read every protocol of a trial once, so that a wrong one is refused before anything runs."""
    for name in {trial.enrolled_by, *(arm.protocol for arm in trial.arms if arm.protocol)}:
        protocol(name, trial.region)


def _enrolled(one: Kept) -> int:
    return max((len(arm.numbers) for arm in one.arms.values()), default=0)


def _joined(trial: Trial, parts: list[Kept]) -> Ran:
    """Return the batches as one trial: its first `n` enrolled men."""
    arms = {arm.name: joined([one.arms[arm.name] for one in parts if one.arms], trial.n) for arm in trial.arms}
    last = int(next(iter(arms.values())).numbers[-1])
    reasons = Counter(reason for one in parts for number, reason in one.excluded.items() if number < last)
    return Ran(trial, last + 1, dict(sorted(reasons.items())), arms)
