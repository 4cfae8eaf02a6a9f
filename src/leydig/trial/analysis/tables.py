"""The tables of a virtual trial in words: what the command line prints and a page shows of one summary."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from leydig.protocol.implied import short_title
from leydig.trial.analysis.events import EVENTS
from leydig.trial.design.design import Design

__all__ = ["TrialTable", "contrast_rows", "endpoint_text", "interval_text", "level_text", "trial_notes", "trial_tables"]

PAIRED = "Every man is in every arm: he is compared with himself, more precisely than any real trial could."


@dataclass(frozen=True)
class TrialTable:
    """One table.

    Attributes
    ----------
    title : str
    rows : tuple of mapping of str to str
        Of the same keys, which are its head.
    """

    title: str
    rows: tuple[Mapping[str, str], ...]


def trial_tables(content: Mapping[str, Any]) -> list[TrialTable]:
    """Return the tables of one run.

    Parameters
    ----------
    content : mapping
        As `leydig.trial.analysis.endpoints.trial_summary` gives it.
    """
    arms = content["arms"]
    found = []
    if content["flow"]["excluded"]:
        lost = content["flow"]["excluded"].items()
        found.append(_table("Who was not enrolled", ({"not enrolled because": why, "men": n} for why, n in lost)))
    found.append(_table("Who went through it", (_flow_row(name, arm) for name, arm in arms.items())))
    first = next(iter(arms.values()))
    months = list(next(iter(first["levels"].values()))["by_month"])
    for analyte, series in list(first["levels"].items())[:SHOWN]:
        rows = (
            {"analyte": analyte if place == 0 else "", "unit": series["unit"] if place == 0 else "", "arm": name}
            | {f"month {month}": _median(arm["levels"][analyte]["by_month"].get(month)) for month in months}
            for place, (name, arm) in enumerate(arms.items())
        )
        found.append(_table(f"{analyte.replace('_', ' ')}: median (5th to 95th centile)", rows))
    found.append(_table("Targets and semen", (_end_row(name, arm) for name, arm in arms.items())))
    found.append(_table("Couples", (_couple_row(name, arm) for name, arm in arms.items())))
    found.append(_table("Adverse events", (_event_row(name, arm) for name, arm in arms.items())))
    primary = content["primary"]
    if primary["contrasts"]:
        parts = {"all": primary["contrasts"], **primary["subgroups"]}
        contrasts = [row for label, many in parts.items() for row in contrast_rows(label, many, primary)]
        found.append(_table(f"Primary endpoint: {endpoint_text(primary)}", contrasts))
    return found


SHOWN = 6  # levels that have a table


def _table(title: str, rows: Iterable[Mapping[str, Any]]) -> TrialTable:
    return TrialTable(title, tuple({key: str(value) for key, value in row.items()} for row in rows))


def trial_notes(content: Mapping[str, Any]) -> list[str]:
    """Return what is said of one run beside its tables."""
    found = [PAIRED] if content["primary"]["contrasts"] and content["primary"]["design"] == Design.PAIRED else []
    for name, arm in content["arms"].items():
        found += [f"{name}: {count} not started: {why}" for why, count in arm["flow"]["not_started"].items()]
        decided = ", ".join(f"{rule} {count}" for rule, count in arm["decisions"].items())
        alerts = ", ".join(f"{rule} {count}" for rule, count in arm["alerts"].items())
        found.append(f"{name}: decisions {decided or 'none'}; men with an alert {alerts or 'none'}")
    return [*found, content["notice"]]


def _flow_row(name: str, arm: Mapping[str, Any]) -> dict[str, Any]:
    flow = arm["flow"]
    stopped = ", ".join(f"{rule} {count}" for rule, count in flow["stopped"].items())
    return {"arm": name, "given": arm["given"], "men": flow["assigned"], "started": flow["started"],
            "left": flow["left"], "treatment stopped": stopped or "-", "not solved": flow["not_solved"],
            "completed": flow["completed"], "visits": flow["visits"], "missed": flow["visits_missed"]}  # fmt: skip


def _end_row(name: str, arm: Mapping[str, Any]) -> dict[str, Any]:
    last = list(arm["in_band"])[-1]
    share, semen = arm["in_band"][last], arm["semen"]
    return {"arm": name, f"in band, month {last}": "-" if share is None else f"{share:.0%}",
            "time in band": f"{arm['time_in_band']:.0%}",
            "semen category gained": f"{semen['gained']} of {semen['measured']}",
            "lost": f"{semen['lost']} of {semen['measured']}"}  # fmt: skip


def _couple_row(name: str, arm: Mapping[str, Any]) -> dict[str, Any]:
    access = arm["insemination"]
    curve = {f"pregnant by cycle {cycle}": _chance(one) for cycle, one in arm["pregnant_by_cycle"].items()}
    gained, lost = (f"{access[key]['men']} of {access[key]['of']}" for key in ("gained", "lost"))
    return {"arm": name, **curve, "insemination access gained": gained, "access lost": lost}


def _chance(one: Mapping[str, Any]) -> str:
    return f"{one['share']:.0%} ({one['low']:.0%} to {one['high']:.0%})"


def _median(cell: Mapping[str, Any] | None) -> str:
    return "-" if cell is None else f"{cell['median']:.3g} ({cell['p5']:.3g} to {cell['p95']:.3g})"


def _event_row(name: str, arm: Mapping[str, Any]) -> dict[str, Any]:
    events = arm["adverse_events"]
    alerts = events["alerts"]
    counts = {
        f"{event.replace('_', ' ')}, {' / '.join(events[event])}": " / ".join(map(str, events[event].values()))
        for event in EVENTS
    }
    worst = {"worst alert: warning / critical": f"{alerts['warning']} / {alerts['critical']}"}
    return {"arm": name, "men": events["men"]} | counts | worst


def endpoint_text(about: Mapping[str, Any]) -> str:
    """Return by which endpoint arms are compared, in words."""
    of = short_title(about["of"]) + (" (change)" if about.get("change") else "")
    return f"{of} at month {about['month']}, {about['reading']}, against {about['control']}"


def contrast_rows(label: str, contrasts: Mapping[str, Any], about: Mapping[str, Any]) -> list[dict[str, str]]:
    """Return one row for each arm that is held against the control, of some men."""
    return [
        {"men": label, "arm": name, "n": f"{one['n']} and {one['n_control']}", "arm's": level_text(one["value"]),
         "control's": level_text(one["value_control"]), "difference": level_text(one["difference"]),
         f"{about['level']:.0%} interval": interval_text(one), "unit": about["unit"], "by": one["method"]}
        for name, one in contrasts.items()
    ]  # fmt: skip


def level_text(value: float | None) -> str:
    """Return a number with three digits; a dash where there is none."""
    return "-" if value is None else f"{value:.3g}"


def interval_text(one: Mapping[str, Any]) -> str:
    """Return an interval in words; a dash where there is none."""
    return "-" if one["low"] is None else f"{one['low']:.3g} to {one['high']:.3g}"
