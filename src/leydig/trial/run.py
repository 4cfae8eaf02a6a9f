"""`run`: a whole virtual trial, batch by batch, on one core, many, or a cluster: always the same trial."""

import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass, replace
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from leydig import checks
from leydig.errors import BadTrial
from leydig.log import logger
from leydig.progress import Progress, no_progress
from leydig.protocol.reader import read_protocol
from leydig.simulation.cluster import SCHEME, cluster_client
from leydig.trial.conduct.outcome import ArmResult, BatchResult, join_results, run_batch
from leydig.trial.design.design import Trial
from leydig.trial.design.randomization import Randomization
from leydig.trial.ledger.journal import Journal

if TYPE_CHECKING:
    from dask.distributed import Client

__all__ = ["BATCH", "TrialResult", "batches", "enrollment_batches", "run"]

LOG = logger(__name__)

BATCH = 250  # men who are screened together
FEW = 32  # as many are screened together however few are wanted
SCREENED = 4  # men screened together for each who is wanted; of obese men the brief's protocol enrolls 10 of 28
LARGEST = 1_000_000  # men who could be
FEWEST = 0.01  # share of the screened below which enrollment is given up
LOOKED_AT = 2000  # men screened before it is given up
AHEAD = 1.5  # batches on their way for each worker


@dataclass(frozen=True)
class TrialResult:
    """A trial that has run.

    Attributes
    ----------
    trial : Trial
    screened : int
        Men screened until the last one was enrolled.
    excluded : dict of str to int
        Men who were not enrolled, by reason.
    arms : dict of str to Outcome
    resumed : int
        Men who were there already, from a run that was interrupted.
    """

    trial: Trial
    screened: int
    excluded: dict[str, int]
    arms: dict[str, ArmResult]
    resumed: int = 0


def run(
    trial: Trial, workers: int | str | None = None, size: int = BATCH, ledger: Path | str | None = None,
    watch: Progress = no_progress,
) -> TrialResult:  # fmt: skip
    """Run a virtual trial.

    Parameters
    ----------
    trial : Trial
    workers : int or str, optional
        How many processes share the batches, one core each, or ``"dask://host:port"`` for a Dask cluster; every core
        of this machine when left out.
    size : int, optional
        Most men who are screened together; bounds the memory of a worker, never the numbers.
    ledger : Path or str, optional
        Where every decision is written, one line for each man and arm (`leydig.trial.ledger`). It is there when the
        trial is over; what an interrupted run of the same trial left beside it is gone on with.
    watch : callable, optional
        Told how many men are enrolled.

    Returns
    -------
    Ran
        To the byte the same for any number of workers and any size of batches.

    Raises
    ------
    BadTrial
        When hardly anybody is enrolled, so that the trial would never fill, or the ledger cannot be written.
    """
    _check_call(trial, workers, size)
    with nullcontext() if ledger is None else Journal(Path(ledger), trial) as journal:
        parts = journal.batches if journal else []
        resumed = sum(len(part.numbers) for part in parts)
        enrolled = resumed
        for batch in enrollment_batches(trial, workers, size, journal is not None, tuple(parts)):
            if journal:
                journal.append(batch, trial.n - enrolled)
            parts.append(replace(batch, lines={}))
            enrolled += len(batch.numbers)
            watch("men enrolled", min(enrolled, trial.n), trial.n)
        ran = _join(trial, parts, min(resumed, trial.n))
        if journal:
            journal.close(ran.screened)
    return ran


def enrollment_batches(
    trial: Trial, workers: int | str | None = None, size: int = BATCH, ledger: bool = False,
    before: Sequence[BatchResult] = (),
) -> Iterator[BatchResult]:  # fmt: skip
    """Yield the batches of a trial until it is full.

    Parameters
    ----------
    trial, workers, size
        As for `run`.
    ledger : bool, optional
        Whether the lines of the ledger are wanted.
    before : sequence of Kept, optional
        Batches that are there already.

    Raises
    ------
    BadTrial
        When hardly anybody is enrolled.
    """
    reasons = Counter(reason for batch in before for reason in batch.excluded.values())
    random = Randomization(trial)
    drawn = [random.batch(batch) for batch in before]
    screened, enrolled = sum(batch.screened for batch in drawn), sum(len(batch.numbers) for batch in drawn)
    if enrolled >= trial.n:
        return
    for batch in batches(trial, workers, size, ledger, screened):
        yield random.batch(batch)
        reasons.update(batch.excluded.values())
        screened, enrolled = screened + batch.screened, enrolled + len(batch.numbers)
        LOG.info("batch from man %d: %d screened, %d enrolled; together %d screened, %d of %d enrolled",
                 batch.first, batch.screened, len(batch.numbers), screened, enrolled, trial.n)  # fmt: skip
        if enrolled >= trial.n:
            return
        if screened >= LOOKED_AT and enrolled < FEWEST * screened:
            raise BadTrial(
                f"got {enrolled} of {screened} men of kind {trial.kind!r} who were enrolled by {trial.enrolled_by!r}; "
                f"expected at least {FEWEST:.0%}. Most often: {reasons.most_common(1)[0][0]}. Choose other men, or "
                "another protocol."
            )


def _check_call(trial: Trial, workers: int | str | None, size: int) -> None:
    """Refuse what cannot run, before a file is touched."""
    if trial.uncertainty:
        raise BadTrial(f"got uncertainty {trial.uncertainty}; expected 0 of one run. Run each of "
                       "leydig.trial.replicates.trials_of_draws(trial, count).")  # fmt: skip
    checks.whole_number(size, "size of a batch", (1, LARGEST), error=BadTrial)
    if isinstance(workers, str) and workers.startswith(SCHEME):
        pass
    elif workers is not None:
        checks.whole_number(workers, "number of workers", (1, 4096), hint="Or give dask://host:port.", error=BadTrial)
    _read_protocols(trial)


def batches(
    trial: Trial, workers: int | str | None = None, size: int = BATCH, ledger: bool = False, first: int = 0
) -> Iterator[BatchResult]:
    """Yield the batches of a trial in order from a man on, until the reader has enough; arguments as `run`."""
    if isinstance(workers, str) and workers.startswith(SCHEME):
        yield from _on_cluster(trial, workers, size, ledger, first)
        return
    count = workers if isinstance(workers, int) else os.cpu_count() or 1
    if count == 1 or trial.n <= size // 2:
        costly = _reads_forecasts(trial)
        now = min(size, trial.n if costly else max(FEW, SCREENED * trial.n))
        while True:
            yield run_batch(trial, first, now, ledger)
            first, now = first + now, min(size, now if costly else 2 * now)  # few of them were enrolled
    with ProcessPoolExecutor(count, mp_context=get_context("spawn")) as pool:
        try:
            yield from _submit_ahead(
                lambda man: pool.submit(run_batch, trial, man, size, ledger, 1), round(AHEAD * count), size, first
            )
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def _reads_forecasts(trial: Trial) -> bool:
    """Return whether an arm fits twins: then men beyond those who are wanted cost more than another batch."""
    return any(read_protocol(arm.protocol, trial.region).reads_forecasts for arm in trial.arms if arm.protocol)


def _on_cluster(trial: Trial, address: str, size: int, ledger: bool, first: int) -> Iterator[BatchResult]:
    """Yield the batches that the workers of a Dask cluster make."""
    with cluster_client(address) as client:
        assert client is not None
        workers = max(len(client.scheduler_info()["workers"]), 1)
        submit = partial(_submit, client, trial, size, ledger)
        yield from _submit_ahead(submit, round(AHEAD * workers), size, first)


class _SentBatch(Protocol):
    """A batch on its way, from processes or from a cluster."""

    def result(self) -> BatchResult: ...

    def cancel(self) -> object: ...


def _submit(client: "Client", trial: Trial, size: int, ledger: bool, first: int) -> _SentBatch:
    return client.submit(run_batch, trial, first, size, ledger, 1, pure=False)


def _submit_ahead(
    submit: Callable[[int], _SentBatch], waiting: int, size: int, first: int
) -> Iterator[BatchResult]:  # fmt: skip
    """Yield submitted batches in order, with so many of them on their way; what is not read is cancelled."""
    sent: list[_SentBatch] = []
    try:
        while True:
            while len(sent) < waiting:
                sent.append(submit(first))
                first += size
            yield sent.pop(0).result()
    finally:
        for future in sent:
            future.cancel()


def _read_protocols(trial: Trial) -> None:
    """Read every protocol of a trial once, so that a wrong one is refused before anything runs."""
    for name in {trial.enrolled_by, *(arm.protocol for arm in trial.arms if arm.protocol)}:
        read_protocol(name, trial.region)


def _join(trial: Trial, parts: list[BatchResult], resumed: int) -> TrialResult:
    """Return the batches as one trial: its first `n` enrolled men."""
    last = [number for part in parts for number in part.numbers][trial.n - 1]
    arms = {arm.name: join_results([one.arms[arm.name] for one in parts if one.arms], last) for arm in trial.arms}
    reasons = Counter(reason for one in parts for number, reason in one.excluded.items() if number < last)
    return TrialResult(trial, last + 1, dict(sorted(reasons.items())), arms, resumed)
