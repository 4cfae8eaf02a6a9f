"""Randomization of a parallel trial: permuted blocks within strata.

A block holds each arm `allocation` times, once or twice over, in an order that is drawn. Men come in the order in which
they were enrolled. So the arms of a stratum never differ by more than a block leaves open, and the next arm cannot be
told from the last. The draws belong to the seed, the stratum and the number of the block: the same men are drawn the
same way in batches of any size, on any number of cores, and after an interruption.
"""

from collections import defaultdict
from dataclasses import replace

import numpy as np

from leydig.trial.conduct.laboratory import uniforms
from leydig.trial.conduct.outcome import BatchResult
from leydig.trial.design.design import Design, Trial

__all__ = ["Randomization"]

REPEATS = 2  # a block holds the arms at most so many times over


class Randomization:
    """The list by which men are drawn, as far as it was used.

    Parameters
    ----------
    trial : Trial
    """

    def __init__(self, trial: Trial) -> None:
        self._trial = trial
        self._arms = [arm.name for arm in trial.arms for _ in range(arm.allocation)]
        self._open: dict[str, list[str]] = defaultdict(list)
        self._blocks: dict[str, int] = defaultdict(int)

    def arm(self, stratum: str) -> str:
        """Return the arm of the next man of a stratum."""
        waiting = self._open[stratum]
        if not waiting:
            waiting += self._block(stratum)
        return waiting.pop(0)

    def _block(self, stratum: str) -> list[str]:
        number = self._blocks[stratum]
        self._blocks[stratum] += 1
        uniform = uniforms(self._trial.seed, f"block {stratum}", number, 1 + REPEATS * len(self._arms))
        arms = self._arms * (1 + int(uniform[0] * REPEATS))
        return [arms[place] for place in np.argsort(uniform[1 : 1 + len(arms)], kind="stable")]

    def batch(self, result: BatchResult) -> BatchResult:
        """Return a batch with each man in his arm alone; in a paired trial as it came.

        Parameters
        ----------
        result : Kept
            The next batch. One whose men were drawn before comes back unchanged.
        """
        if self._trial.design == Design.PAIRED:
            return result
        strata = {int(number): stratum for arm in result.arms.values()
                  for number, stratum in zip(arm.numbers, arm.strata, strict=True)}  # fmt: skip
        drawn = {number: self.arm(strata[number]) for number in sorted(strata)}
        arms = {name: arm.rows([place for place, number in enumerate(arm.numbers) if drawn[int(number)] == name])
                for name, arm in result.arms.items()}  # fmt: skip
        names = [arm.name for arm in self._trial.arms]
        lines = {number: tuple(line for name, line in zip(names, lines, strict=True) if name == drawn[number])
                 for number, lines in result.lines.items()}  # fmt: skip
        return replace(result, arms=arms, lines=lines)
