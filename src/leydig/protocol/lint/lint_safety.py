"""Lint of precedence: nothing is started, restarted or stepped up beside what must block it, and safety never waits.

The rules of a protocol are held against a list of dangers that is written here, apart from any protocol: where a
danger is on record, some rule must hold and block. What a rule does not know of a danger it cannot decide on, so a
condition on anything else counts as not fulfilled.
"""

from collections.abc import Iterator, Mapping

import numpy as np
from jaxtyping import Bool, Int

from leydig.protocol.condition import AnyOf, Condition, compare
from leydig.protocol.lint.fault import Fault, FaultKind
from leydig.protocol.lint.states import StateGrid, holds
from leydig.protocol.protocol import Protocol, Rule
from leydig.protocol.ranks import rank
from leydig.protocol.vocabulary import RAISING, REDUCING, AskedDay, Group, Rank, Severity, Verb, WorkUpResult
from leydig.record.quantity import QUANTITIES

__all__ = ["safety"]

INHIBITORS = ("anastrozole", "letrozole", "exemestane", "testolactone")
MODULATORS = ("clomiphene", "enclomiphene", "tamoxifen")
KINDS_OF_RANK = {
    Rank.CRITICAL_ALERT: FaultKind.BESIDE_AN_ALARM,
    Rank.STOP: FaultKind.BESIDE_A_STOP,
    Rank.EXCLUSION: FaultKind.BESIDE_AN_EXCLUSION,
    Rank.WORK_UP: FaultKind.BESIDE_OPEN_WORK_UP,
}
HIGH = (50.5, 53.9, 54.1)  # [%] hematocrit at which nothing is raised

# what interacts with any protocol, and with a class of its drugs; by the names of conditions
WITH_ANY = ("on.testosterone_enanthate", "on.testosterone_cypionate", "on.testosterone_undecanoate",
            "on.testosterone_gel", "on.estradiol_patch", "androgens", "estrogens", "gnrh_analogue", "opioids",
            "five_alpha_reductase_inhibitor", "others.running")  # fmt: skip
WITH_CLASS: dict[tuple[str, ...], tuple[str, ...]] = {
    ("anastrozole", "letrozole"): ("on.tamoxifen",),
    MODULATORS: ("thrombosis",),
    ("clomiphene", "enclomiphene"): ("severe_liver_disease",),
    ("tamoxifen",): ("warfarin", "strong_cyp2d6_inhibitor"),
    ("gonadorelin",): ("pituitary_failure",),
}

# levels that say nothing, beside those that do
ORDINARY: Mapping[str, float] = {"prolactin": 9.0, "lh": 3.0, "fsh": 4.0, "testosterone": 600.0}
# dangers beside which nothing starts, in the units of the quantities and just beyond the limits of the guidelines, so
# that a limit which gives way is seen; work-up that is not named is not recorded
DANGERS: tuple[Mapping[str, float], ...] = (
    {"suicidal_thoughts": True}, {"thrombosis": True}, {"prostate_or_breast_cancer": True}, {"osteoporosis": True},
    {"severe_liver_disease": True}, {"sleep_apnea": True}, {"headache": True}, {"visual_symptoms": True},
    {"pregnancy": True}, {"consent": False}, {"wants_pregnancy": False}, {"alt": 122.0},
    {"vas_absent": True, "cftr": False, "transrectal_ultrasound": False}, {"vas_absent": True},
    {"semen_volume": 1.38, "semen_fructose_low": True, "cftr": False, "transrectal_ultrasound": False},
    {"psa": 4.05}, {"low_mood": 10.0}, {"age": 40.0}, {"ast": 122.0}, {"t_score": -2.52}, {"spine_z_score": -2.02},
    {"spine_bmd": 0.81}, {"spine_bmd": 0.91},
    {"prolactin": 20.2, "pituitary_imaging": False}, {"prolactin": 20.2},
    {"testosterone": 148.0} | {name: ORDINARY[name] for name in ("lh", "prolactin")},
    {"testosterone": 148.0, "lh": ORDINARY["lh"], "pituitary_imaging": False}, {"pituitary_imaging": True},
    {"tsh": 4.6}, {"tsh": 0.29},
    {"sperm_concentration": 0.0, "y_microdeletion": False, "scrotal_ultrasound": False},
    {"sperm_concentration": 4.95, "y_microdeletion": False}, {"sperm_concentration": 0.98, "karyotype": False},
    {"karyotype": True}, {"y_microdeletion": True}, {"cftr": True},
    {"androgens.past": True, "androgens.cleared": False},
    {"varicocele": True, "semen.low": True, "sperm_concentration": 5.2},
    {"testosterone": 295.0, "lh": 1.48, "fsh": 1.48, "prolactin": ORDINARY["prolactin"]},
    {"hemoglobin": 17.6}, {"hemoglobin": 18.1},
    {"testosterone": 1010.0}, {"lh": 0.98, "fsh": 0.98, "testosterone": ORDINARY["testosterone"]},
    {"sperm_concentration": 0.0, "fsh": ORDINARY["fsh"], "testis_length": 4.65, "karyotype": False,
     "y_microdeletion": False, "scrotal_ultrasound": False},
)  # fmt: skip
# a quiet axis after androgens: what a protocol of recovery is for, and a danger to every other
AFTER_ANDROGENS: tuple[Mapping[str, float], ...] = (
    {"androgens.weeks": 12.9}, {"androgens.weeks": 25.5, "lh": 1.48, "fsh": 1.48},
)  # fmt: skip


def safety(protocol: Protocol) -> Iterator[Fault]:
    """Yield the faults of precedence of a protocol.

    Parameters
    ----------
    protocol : Protocol
    """
    yield from _declarations(protocol)
    yield from _circular_rules(protocol)
    yield from _open_dangers(protocol)
    yield from _hematocrit(protocol)
    yield from _interactions(protocol)
    if protocol.of_group(Group.TITRATION):
        yield from _state_faults(protocol)


# Rules by themselves -------------------------------------------------------------------------------------------------


def _declarations(protocol: Protocol) -> Iterator[Fault]:
    """Yield stops that do not stop, and blocks that nothing can lift."""
    for rule in protocol.rules:
        if rule.group == Group.STOP and rule.verb not in REDUCING:
            yield Fault(
                FaultKind.BESIDE_A_STOP,
                (rule.id,),
                f"{rule.id} is a stop and advises to {rule.then or 'do nothing'}. Let it stop, hold or step down.",
            )
        if rule.group == Group.ALERT and rule.then == Verb.STOP_ALL and rule.severity != Severity.CRITICAL:
            yield Fault(
                FaultKind.QUIET_STOP,
                (rule.id,),
                f"{rule.id} stops everything as {rule.severity}: it is never heard. Make it critical.",
            )
        if rule.group == Group.WORK_UP and rule.blocks and not any(map(_changes, rule.conditions)):
            yield Fault(
                FaultKind.NEVER_LIFTED,
                (rule.id,),
                f"{rule.id} blocks, and no result can lift it: it reads the "
                "baseline alone. Add `known = false` of the result that it asks for.",
            )


def _changes(one: Condition) -> bool:
    """Return whether a later result or answer can change a condition."""
    return one.known is False or bool(one.result) or one.answer is not None


def _circular_rules(protocol: Protocol) -> Iterator[Fault]:
    """Yield rules whose questions are answered by themselves."""
    reads: dict[str, set[str]] = {}
    for rule in protocol.rules:
        names = {one.of for one in rule.conditions}
        names |= set(protocol.checks) if "causes.excluded" in names else set()
        for question in rule.implies:
            reads.setdefault(question, set()).update(names)
    for question in reads:
        reached: set[str] = set()
        ahead = [question]
        while ahead:
            for name in reads.get(ahead.pop(), set()) - reached:
                reached.add(name)
                ahead.append(name)
        if question in reached:
            rules = tuple(rule.id for rule in protocol.implications[question])
            yield Fault(
                FaultKind.CIRCULAR, rules, f"{question} is answered by rules that read it. Leave one `implies` out."
            )


# Dangers, written apart from any protocol ----------------------------------------------------------------------------


def _holds(rule: Rule, state: Mapping[str, float]) -> bool:
    """Return whether a rule holds in a state; what is not named was not recorded."""
    return all(
        any(_meets(one, state) for one in (part.conditions if isinstance(part, AnyOf) else (part,)))
        for part in rule.when
    )  # fmt: skip


def _meets(one: Condition, state: Mapping[str, float]) -> bool:
    value = state.get(one.of)
    if one.known is not None:
        return (value is not None) == one.known
    if value is None or one.change:
        return False
    if one.answer is not None or one.result:
        return bool(value) == (one.answer if one.answer is not None else one.result == WorkUpResult.ABNORMAL)
    return bool(compare(one, value, value)[0])


def _add_answers(protocol: Protocol, state: Mapping[str, float]) -> dict[str, float]:
    """Return a state with what its rules answer with yes."""
    whole = dict(state)
    for rule in protocol.rules:
        if rule.implies and _holds(rule, whole):
            whole |= dict.fromkeys(rule.implies, True)
    return whole


def _add_advice(protocol: Protocol, state: Mapping[str, float]) -> dict[str, float]:
    """Return a state as it would be when every component were given."""
    given = {f"on.{drug}": True for drug in protocol.components} | {"treated": True, "androgens.washout": False}
    return _add_answers(protocol, {**given, **state})


def _blocks(protocol: Protocol, state: Mapping[str, float], verb: str) -> bool:
    """Return whether a rule blocks a verb in a state; on treatment the baseline is another one and says nothing."""
    return any(
        verb in rule.blocks and _holds(rule, state)
        for rule in protocol.rules if verb == Verb.START or all(one.at == AskedDay.LATEST for one in rule.conditions)
    )  # fmt: skip


def _state_text(state: Mapping[str, float]) -> str:
    units = {name: QUANTITIES[name].unit for name in state if name in QUANTITIES}
    return ", ".join(f"{name} {value:g} {units.get(name, '')}".strip() for name, value in state.items())


def _open_dangers(protocol: Protocol) -> Iterator[Fault]:
    """Yield dangers beside which a start is advised."""
    recovers = any(
        one.of == "androgens.past" for rule in protocol.of_group(Group.INDICATION) for one in rule.conditions
    )
    for danger in (*DANGERS, *(() if recovers else AFTER_ANDROGENS)):
        if not _blocks(protocol, _add_advice(protocol, danger), Verb.START):
            yield Fault(
                FaultKind.UNGUARDED, (), f"nothing blocks a start at {_state_text(danger)}. Add a rule that does."
            )


def _hematocrit(protocol: Protocol) -> Iterator[Fault]:
    """Yield verbs that are advised at a high hematocrit, or at one older than the last rise."""
    for verb in RAISING:
        for percent in HIGH:
            state = _add_advice(protocol, {"hematocrit": percent, "hematocrit.current": True})
            if not _blocks(protocol, state, verb):
                yield Fault(
                    FaultKind.HEMATOCRIT_HIGH, (), f"nothing blocks to {verb} at a hematocrit of {percent:g} %."
                )
                break
        undated = _add_advice(protocol, {"hematocrit": 45.0, "hematocrit.current": False})
        if verb != Verb.START and not _blocks(protocol, undated, verb):
            yield Fault(
                FaultKind.HEMATOCRIT_UNDATED, (), f"nothing blocks to {verb} on a hematocrit older than the last rise."
            )


def _interactions(protocol: Protocol) -> Iterator[Fault]:
    """Yield drugs on record that interact and do not block."""
    for names in (WITH_ANY, *(name for drugs, name in WITH_CLASS.items() if set(drugs) & set(protocol.components))):
        for name in names:
            for verb in RAISING:
                if not _blocks(protocol, _add_advice(protocol, {name: True}), verb):
                    yield Fault(FaultKind.INTERACTION, (), f"nothing blocks to {verb} beside {name.replace('_', ' ')}.")
                    break


# Every state ---------------------------------------------------------------------------------------------------------


def _state_faults(protocol: Protocol) -> Iterator[Fault]:
    rules = protocol.of_group(Group.TITRATION)
    grid = StateGrid(protocol, rules)
    spoke = grid.first_rule()
    yield from _unblocked_rises(protocol, rules, grid, spoke)
    yield from _safety_waits(rules, grid, spoke)
    yield from _harm(protocol, rules, grid, spoke)


def _unblocked_rises(
    protocol: Protocol, rules: tuple[Rule, ...], grid: StateGrid, spoke: Int[np.ndarray, "..."]
) -> Iterator[Fault]:
    """Yield rises that are advised in some state beside a rule that must block them and does not."""
    for rule in protocol.rules:
        named = rule.group in (Group.EXCLUSION, Group.WORK_UP, Group.STOP) or (rule.group, rule.severity) == (
            Group.ALERT,
            Severity.CRITICAL,
        )
        lets = [verb for verb in RAISING if verb not in rule.blocks] if named else []
        if Verb.START in lets and rule.group != Group.STOP:
            yield Fault(KINDS_OF_RANK[rank(rule)], (rule.id,), f"a start is advised beside {rule.id}. Let it block.")
        raises = [(place, raise_) for place, raise_ in enumerate(rules) if raise_.verb in lets]
        may = holds(rule, grid.state, unsaid=True) if raises else None
        for place, raise_ in raises:
            beside = (spoke == place) & may
            if beside.any():
                yield Fault(KINDS_OF_RANK[rank(rule)], (raise_.id, rule.id), f"{raise_.id} advises to {raise_.then} "
                            f"beside {rule.id} at {grid.describe(int(np.argmax(beside)))}. Let it block.")  # fmt: skip


def _lowers(rules: tuple[Rule, ...], spoke: Int[np.ndarray, "..."]) -> Bool[np.ndarray, "..."]:
    """Return in which states the rule that spoke lowers the dose; silence lowers nothing."""
    return np.isin(spoke, [place for place, rule in enumerate(rules) if rule.verb in REDUCING])


def _safety_waits(rules: tuple[Rule, ...], grid: StateGrid, spoke: Int[np.ndarray, "..."]) -> Iterator[Fault]:
    """Yield reductions that are not advised where results are missing, too old or too early."""
    if "labs.valid" not in grid.state:
        return
    invalid = grid.first_rule({**grid.state, "labs.valid": np.zeros_like(grid.state["labs.valid"])})
    speakers = [*(rule.id for rule in rules), "nothing"]  # silence is the place before the first
    waits = _lowers(rules, spoke) & ~_lowers(rules, invalid) & (grid.state["labs.valid"] == 1.0)
    for place in np.unique(spoke[waits]).tolist():
        at = int(np.argmax(waits & (spoke == place)))
        first = speakers[int(invalid.flat[at])]
        yield Fault(
            FaultKind.SAFETY_WAITS,
            (rules[place].id, first),
            f"{rules[place].id} lowers the dose at {grid.describe(at)}, "
            f"but on old or early results {first} speaks first. Put it before.",
        )


def _harm(
    protocol: Protocol, rules: tuple[Rule, ...], grid: StateGrid, spoke: Int[np.ndarray, "..."]
) -> Iterator[Fault]:
    """Yield states of harm by an inhibitor in which it is not lowered."""
    state, unmoved = grid.state, ~_lowers(rules, spoke)
    for drug in set(INHIBITORS) & set(protocol.components):
        given = state[f"rung.{drug}"] > 0
        harms = {"estradiol below 10 pg/mL": state["estradiol"] < 10.0}
        joints = state.get("joint_pain")
        harms["joint pain of grade 2"] = joints >= 2 if joints is not None else np.ones_like(given)
        for what, harm in harms.items():
            harmed = given & harm & unmoved
            if harmed.any():
                yield Fault(
                    FaultKind.HARM_UNANSWERED,
                    (),
                    f"{drug} is not lowered at {what}: {grid.describe(int(np.argmax(harmed)))}.",
                )
