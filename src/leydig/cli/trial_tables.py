"""Tables of virtual trials for the shell: one run, several runs, and the power of a design."""

from pathlib import Path
from typing import Any

from leydig.cli.output import console, print_rows

__all__ = ["print_power", "print_several", "print_trial"]

PAIRED = "Every man is in every arm: he is compared with himself, more precisely than any real trial could."


def print_trial(content: dict[str, Any], file: Path, ledger: Path | None) -> None:
    """Print one run: who was enrolled, what arms did to levels, and how they differ."""
    out, flow = console(), content["flow"]
    counted = f"{flow['screened']} screened, {flow['enrolled']} enrolled by {content['enrolled_by']}"
    out.print(f"{content['title']}: {counted}", style="bold")
    if flow["excluded"]:
        print_rows([{"not enrolled because": why, "men": count} for why, count in flow["excluded"].items()])
    print_rows([_flow_row(name, arm) for name, arm in content["arms"].items()])
    first = next(iter(content["arms"].values()))
    months = list(next(iter(first["levels"].values()))["by_month"])
    for analyte, series in list(first["levels"].items())[:6]:
        rows = [{"analyte": analyte if place == 0 else "", "unit": series["unit"] if place == 0 else "", "arm": name}
                | {f"month {month}": _median(arm["levels"][analyte]["by_month"].get(month)) for month in months}
                for place, (name, arm) in enumerate(content["arms"].items())]  # fmt: skip
        print_rows(rows)
    print_rows([_end_row(name, arm) for name, arm in content["arms"].items()])
    print_rows([_couple_row(name, arm) for name, arm in content["arms"].items()])
    print_rows([_event_row(name, arm) for name, arm in content["arms"].items()])
    if content["primary"]["contrasts"]:
        _print_primary(content["primary"])
    for name, arm in content["arms"].items():
        for why, count in arm["flow"]["not_started"].items():
            out.print(f"{name}: {count} not started: {why}")
        decided = ", ".join(f"{rule} {count}" for rule, count in arm["decisions"].items())
        alerts = ", ".join(f"{rule} {count}" for rule, count in arm["alerts"].items())
        out.print(f"{name}: decisions {decided or 'none'}; men with an alert {alerts or 'none'}")
    out.print(content["notice"])
    following = (
        f"leydig trial check {ledger}" if ledger else f"leydig trial run {file} --ledger ledger.jsonl --plot figures"
    )
    out.print(f"Next: {following}")


def _flow_row(name: str, arm: dict[str, Any]) -> dict[str, Any]:
    flow = arm["flow"]
    stopped = ", ".join(f"{rule} {count}" for rule, count in flow["stopped"].items())
    return {"arm": name, "given": arm["given"], "men": flow["assigned"], "started": flow["started"],
            "left": flow["left"], "treatment stopped": stopped or "-", "not solved": flow["not_solved"],
            "completed": flow["completed"], "visits": flow["visits"], "missed": flow["visits_missed"]}  # fmt: skip


def _end_row(name: str, arm: dict[str, Any]) -> dict[str, Any]:
    last = list(arm["in_band"])[-1]
    share, semen = arm["in_band"][last], arm["semen"]
    return {"arm": name, f"in band, month {last}": "-" if share is None else f"{share:.0%}",
            "time in band": f"{arm['time_in_band']:.0%}",
            "semen category gained": f"{semen['gained']} of {semen['measured']}",
            "lost": f"{semen['lost']} of {semen['measured']}"}  # fmt: skip


def _couple_row(name: str, arm: dict[str, Any]) -> dict[str, Any]:
    access = arm["insemination"]
    curve = {f"pregnant by cycle {cycle}": _chance(one) for cycle, one in arm["pregnant_by_cycle"].items()}
    gained, lost = (f"{access[key]['men']} of {access[key]['of']}" for key in ("gained", "lost"))
    return {"arm": name, **curve, "insemination access gained": gained, "access lost": lost}


def _chance(one: dict[str, Any]) -> str:
    return f"{one['share']:.0%} ({one['low']:.0%} to {one['high']:.0%})"


def _median(cell: dict[str, Any] | None) -> str:
    return "-" if cell is None else f"{cell['median']:.3g} ({cell['p5']:.3g} to {cell['p95']:.3g})"


def _event_row(name: str, arm: dict[str, Any]) -> dict[str, Any]:
    events = arm["adverse_events"]
    joint, alerts = events["joint_pain"], events["alerts"]
    return {"arm": name, "men": events["men"], "joint pain, grade 1 / 2 / 3": " / ".join(map(str, joint.values())),
            "hematocrit above 50 / 54 %": " / ".join(map(str, events["hematocrit"].values())),
            "estradiol below 20 / 10 pg/mL": " / ".join(map(str, events["estradiol"].values())),
            "worst alert: warning / critical": f"{alerts['warning']} / {alerts['critical']}"}  # fmt: skip


def _print_primary(found: dict[str, Any]) -> None:
    """Print how arms differ in the primary endpoint, whole and by subgroup."""
    from leydig.trial.design.design import Design

    rows = _contrast_rows("all", found["contrasts"], found)
    for label, contrasts in found["subgroups"].items():
        rows += _contrast_rows(label, contrasts, found)
    out = console()
    out.print(f"Primary endpoint: {_endpoint(found)}", style="bold")
    print_rows(rows)
    if found["design"] == Design.PAIRED:
        out.print(PAIRED)


def _endpoint(found: dict[str, Any]) -> str:
    of = found["of"].replace("_", " ") + (" (change)" if found.get("change") else "")
    return f"{of} at month {found['month']}, {found['reading']}, against {found['control']}"


def _contrast_rows(label: str, contrasts: dict[str, Any], found: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {"men": label, "arm": name, "n": f"{one['n']} and {one['n_control']}", "arm's": _number(one["value"]),
         "control's": _number(one["value_control"]), "difference": _number(one["difference"]),
         f"{found['level']:.0%} interval": _interval(one), "unit": found["unit"], "by": one["method"]}
        for name, one in contrasts.items()
    ]  # fmt: skip


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3g}"


def _interval(one: dict[str, Any]) -> str:
    return "-" if one["low"] is None else f"{one['low']:.3g} to {one['high']:.3g}"


def print_several(content: dict[str, Any]) -> None:
    """Print runs of several seeds or draws side by side, and together."""
    out, runs = console(), content["runs"]
    about = runs[0]["primary"]
    by_draw = "uncertainty" in content
    out.print(f"{content['title']}: {len(runs)} runs of {runs[0]['flow']['enrolled']} men", style="bold")
    out.print(f"Primary endpoint: {_endpoint(about)}")
    rows = [({"draw": run["draw"]} if by_draw else {}) | {"seed": run["seed"]} | row
            for run in runs for row in _contrast_rows("all", run["primary"]["contrasts"], about)]  # fmt: skip
    if rows:
        print_rows(rows)
        print_rows(_draws_rows(content["uncertainty"]) if by_draw else _seeds_rows(content["pooled"], about))
    out.print(runs[0]["notice"])


def _seeds_rows(pooled: dict[str, Any], about: dict[str, Any]) -> list[dict[str, Any]]:
    rows = _contrast_rows("of all seeds", {name: one["pooled"] for name, one in pooled.items()}, about)
    return [row | {"between seeds, sd": _number(pooled[row["arm"]]["sd"])} for row in rows]


def _draws_rows(found: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {"arm": name, "replicates": one["replicates"], "difference": _number(one["mean"]),
         f"{found['level']:.0%} interval, men and model": _interval(one), "sd": _number(one["sd"]),
         "sd of men": _number(one["sd_men"]), "sd of the model": _number(one["sd_model"])}
        for name, one in found["contrasts"].items()
    ]  # fmt: skip


def print_power(content: dict[str, Any]) -> None:
    """Print the power of a design at several sizes, and the sample size."""
    out = console()
    out.print(f"{content['title']}: parallel groups, {_endpoint(content)}", style="bold")
    print_rows([
        {"arm": name, "men": row["men"], "n": f"{row['n']} and {row['n_control']}",
         "power": f"{row['power']:.3f} ({row['low']:.3f} to {row['high']:.3f})",
         "closed formula": f"{row['closed']:.3f}"}
        for name, one in content["arms"].items() for row in one["power"]
    ])  # fmt: skip
    for name, one in content["arms"].items():
        values = f"{_number(one['value'])} against {_number(one['value_control'])} in {content['pool']} virtual men"
        difference = f"difference {_number(one['difference'])} ({_interval(one)})"
        out.print(f"{name}: {values}, {difference}; {_size(one)}")
    out.print("The effect is the model's: its own error, and men unlike these, are not in the power.")


def _size(one: dict[str, Any]) -> str:
    size = one["sample_size"]
    if size is None:
        return "no million men reach the power"
    return f"power {size['power']:.0%} by the closed formula with {size['n']} men and {size['n_control']} controls"
