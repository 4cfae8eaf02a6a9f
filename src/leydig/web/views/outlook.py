"""The outlook of one man: the twin on the present course, how earlier forecasts did, and the next best test."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from leydig.analytes import ANALYTES
from leydig.assessment.chances import chances
from leydig.assessment.finding import Assessment
from leydig.inference.decision.next_lab import NextLab
from leydig.inference.forecast import Forecast
from leydig.protocol.protocol import Protocol
from leydig.record.record import Record
from leydig.web.board.past import PastLine, past_lines
from leydig.web.board.values import Board
from leydig.web.view import View
from leydig.web.views.findings import CitedSource
from leydig.web.views.man import man_view
from leydig.web.views.what_if import TrustLine, trust_line

__all__ = ["LabLine", "NextLabView", "OutlookChance", "OutlookView", "next_lab_view", "outlook_view"]

SHOWN = 8  # tests
CLEAR = 2.0  # standard errors by which a test has to reduce the loss


@dataclass(frozen=True)
class OutlookChance:
    """One chance on the present course; None with its reason where it is not told."""

    of: str
    conditions: tuple[str, ...]
    week: float
    share: float | None
    gap: str


@dataclass(frozen=True)
class OutlookView(View):
    """What is ahead.

    Attributes
    ----------
    id, pseudonym : str
    protocol, region, on : str
        By which protocol and for which day he is looked at.
    regimen : str
        The present course in words.
    trust : TrustLine
    draws : int
        Men who stand for him.
    chances : tuple of OutlookChance
    board : Board
        His results with the bands of the present course, where the twin does not abstain.
    past : tuple of PastLine
        Results beside what was forecast of them.
    kept : int
        Values of these that lay in their 90 % band.
    sources : tuple of CitedSource
        Numbered as on his page.
    """

    template: ClassVar[str] = "outlook.html.jinja"
    id: str
    pseudonym: str
    protocol: str
    region: str
    on: str
    regimen: str
    trust: TrustLine
    draws: int
    chances: tuple[OutlookChance, ...]
    board: Board
    past: tuple[PastLine, ...]
    kept: int
    sources: tuple[CitedSource, ...] = ()


@dataclass(frozen=True)
class LabLine:
    """One test on one day, and what it is worth.

    Attributes
    ----------
    tests : str
    day : float
        From the last day of the record on [d].
    reduction, standard_error : float
        Of the expected loss of the decision, in men out of the band.
    changes : float
        Chance that it changes what is decided.
    sure : bool
    """

    tests: str
    day: float
    reduction: float
    standard_error: float
    changes: float
    sure: bool


@dataclass(frozen=True)
class NextLabView(View):
    """Which test the coming decision gains most from.

    Attributes
    ----------
    id : str
    protocol, region : str
    trust : TrustLine
    options : tuple of str
        Between which is decided.
    left_out : dict of str to str
        Options that no study covers, and why.
    chosen : str
        What would be decided now.
    loss, least_loss : float
        Expected of that, and if every level were known.
    week : float
        After the decision, at which levels are judged.
    helps : bool
        Whether the best test reduces the loss by more than twice its standard error.
    tests : tuple of LabLine
        The best first.
    estradiol : str
        As which assay estradiol is told, where anything is.
    """

    template: ClassVar[str] = "next_lab.html.jinja"
    id: str
    protocol: str
    region: str
    trust: TrustLine
    options: tuple[str, ...]
    left_out: dict[str, str]
    chosen: str = ""
    loss: float = 0.0
    least_loss: float = 0.0
    week: float = 0.0
    helps: bool = False
    tests: tuple[LabLine, ...] = ()
    estradiol: str = ""


def outlook_view(
    id: str,
    pseudonym: str,
    record: Record,
    plan: Protocol,
    assessment: Assessment,
    forecast: Forecast,
    *,
    earlier: Sequence[tuple[str, Mapping[str, Any]]] = (),
) -> OutlookView:
    """Return what is ahead of a man.

    Parameters
    ----------
    id, pseudonym : str
    record : Record
    plan : Protocol
    assessment : Assessment
        Of this record by this protocol.
    forecast : Forecast
        Of the present course; weekly days up to 12 weeks at least.
    earlier : sequence of (str, mapping), optional
        Forecasts that were stored, each with its time, the first first.
    """
    page = man_view(id, pseudonym, record, plan, assessment, forecasts=[forecast])  # whose sources the board cites
    assert page.board is not None
    told = () if forecast.trust.abstains else tuple(
        OutlookChance(str(one.of), one.conditions, one.week, one.share, str(one.gap)) for one in chances(forecast, plan)
    )  # fmt: skip
    draws = 0 if forecast.trust.abstains else max(len(forecast[name].levels) for name in forecast.names)
    past = past_lines(record, earlier)
    return OutlookView(
        id, pseudonym, plan.name, plan.region, assessment.on.isoformat(), str(forecast.regimen), trust_line(forecast),
        draws, told, page.board, past, sum(one.inside == "yes" for one in past), page.sources,
    )  # fmt: skip


def next_lab_view(id: str, plan: Protocol, tests: NextLab) -> NextLabView:
    """Return what tests are worth for the decision that is coming."""
    trust = TrustLine(str(tests.trust.verdict), tuple(one.text for one in tests.trust.reasons))
    head = NextLabView(id, plan.name, plan.region, trust, tuple(map(str, tests.options)), dict(tests.left_out))
    if tests.best_test is None:
        return head
    lines = tuple(
        LabLine(" + ".join(ANALYTES[name].title for name in one.tests), one.day, one.reduction, one.standard_error,
                one.changes, one.is_sure)
        for one in tests.values[:SHOWN]
    )  # fmt: skip
    return NextLabView(
        id, plan.name, plan.region, trust, head.options, head.left_out, str(tests.chosen), tests.loss,
        tests.least_loss, tests.week, lines[0].reduction > CLEAR * lines[0].standard_error, lines,
        tests.estradiol_assay.note,
    )  # fmt: skip
