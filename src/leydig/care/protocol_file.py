"""Reading protocol files: TOML, checked key by key; what is wrong is named with file and line.

A protocol may extend another (``extends = "base"``): tables of the same name are merged key by key, rules, needs,
targets and visits of the same id replace each other field by field, ``drop`` leaves some out, and a rule may say
``before`` which other one it is read. A region file is laid over in the same way.
"""

import datetime as dt
import tomllib
import warnings
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from leydig.care.protocol import (
    CERTAINTIES,
    GROUPS,
    LEVELS,
    SEVERITIES,
    VERBS,
    AnyOf,
    Component,
    Condition,
    Expected,
    Need,
    Protocol,
    Rule,
    Target,
    Visit,
)
from leydig.care.view import implied
from leydig.drugs import DRUGS
from leydig.errors import BadProtocol, LeydigError, LeydigWarning, UnknownName
from leydig.lines import line_of
from leydig.man.quantity import QUANTITIES, quantity
from leydig.regimen import Regimen
from leydig.source import Source, read_sources

__all__ = ["FOLDER", "REGIONS", "load", "names", "protocol", "regions"]

FOLDER = Path(__file__).with_name("protocols")
REGIONS = Path(__file__).with_name("regions")

_TOP = {"name": str, "title": str, "version": str, "date": dt.date, "review": dt.date, "region": str, "extends": str,
        "abstract": bool, "goal": str, "context": str, "off_label": str, "source": str, "need": list, "target": list,
        "component": dict, "visit": list, "expected": list, "rule": list, "titration": dict, "checks": list,
        "drop": list}  # fmt: skip
_RULE = {"id": str, "group": str, "title": str, "when": list, "then": str, "severity": str, "plain": str,
         "clinical": str, "academic": str, "source": str, "certainty": str, "before": str}  # fmt: skip
_NEED = {"of": str, "times": int, "apart": int, "within": int, "morning": bool, "required": bool, "source": str,
         "certainty": str}  # fmt: skip
_CONDITION = {"of": str, "below": float, "above": float, "at_least": float, "at_most": float, "is": bool,
              "known": bool, "unit": str, "at": str, "change": str, "times": int}  # fmt: skip
_TARGET = {"of": str, "below": float, "above": float, "at_least": float, "at_most": float, "unit": str, "source": str,
           "certainty": str}  # fmt: skip
_COMPONENT = {"rungs": list, "begin": int, "ceiling": float, "reduce": float, "one_step": dict, "source": str,
              "certainty": str}  # fmt: skip
_VISIT = {"name": str, "after": str, "day": int, "opens": int, "closes": int, "overdue": int, "panel": list,
          "source": str, "certainty": str}  # fmt: skip
_EXPECTED = {"of": str, "goes": str, "why": str, "source": str}
_TITRATION = {"valid_after": int, "stale_after": int, "minimum": int, "on": list}
_KEYS = {"rule": "id", "need": "of", "target": "of", "visit": "name", "expected": "of"}
_WORDS = {str: "text", int: "a whole number", float: "a number", list: "a list", dict: "a table", bool: "true or false",
          dt.date: "a date such as 2026-11-23"}  # fmt: skip


def names() -> list[str]:
    """Return the names of the protocols that can be used."""
    return [path.stem for path in sorted(FOLDER.glob("*.toml")) if not _read(path)[0].get("abstract")]


def regions() -> list[str]:
    """Return the names of the regions whose differences are shipped."""
    return [path.stem for path in sorted(REGIONS.glob("*.toml"))]


@lru_cache(maxsize=64)
def protocol(name: str, region: str = "") -> Protocol:
    """Return a protocol of the catalogue, or of a file, as it holds in a region.

    Parameters
    ----------
    name : str
        A name of the catalogue, or the path of a ``.toml`` file.
    region : str, optional
        A name of `regions`; none when left out.

    Raises
    ------
    UnknownName
        When there is no such protocol or region.
    BadProtocol
        When a file cannot be used.

    Examples
    --------
    >>> protocol("anastrozole").components["anastrozole"].weekly
    (1.0, 1.75, 2.0, 3.5, 7.0)
    """
    if name.endswith(".toml"):
        return load(Path(name), region)
    key = name.strip().lower().replace(" ", "_").replace("-", "_")
    if key not in names():
        raise UnknownName.among("protocol", name, names())
    return load(FOLDER / f"{key}.toml", region)


def load(path: Path | str, region: str = "") -> Protocol:
    """Read one protocol file with what it extends, and lay a region over it; raises as `protocol`."""
    layers = _layers(Path(path))
    if region:
        if region not in regions():
            raise UnknownName.among("region", region, regions())
        layers.append(_File(REGIONS / f"{region}.toml"))
    merged: dict[str, Any] = {}
    for file in layers:
        merged = _merged(merged, file)
    return _Builder(layers[-1] if not region else layers[-2], merged, region).protocol()


class _File:
    """A protocol file while it is read; knows where each table begins."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.content, self.text = _read(path)

    def refused(self, place: tuple[Any, ...], key: str, message: str) -> BadProtocol:
        """Return the error that names file and line."""
        line = line_of(self.text, place, key) or line_of(self.text, place)
        return BadProtocol(f"{self.path}, line {line}: {message}" if line else f"{self.path}: {message}")

    def checked(self, what: str, found: Mapping[str, Any], kinds: Mapping[str, type], place: tuple[Any, ...]) -> None:
        """Refuse unknown keys and values of a wrong kind."""
        for key, value in found.items():
            if key not in kinds:
                raise self.refused(
                    place, key, f"key {key!r} of {what} came. Allowed: {', '.join(sorted(kinds))}. Correct it."
                )
            kind = kinds[key]
            fits = isinstance(value, (int, float)) if kind is float else isinstance(value, kind)
            if not fits or (isinstance(value, bool) and kind is not bool):
                raise self.refused(place, key, f"{key} = {value!r} came. Allowed: {_WORDS[kind]}. Correct it.")


def _read(path: Path) -> tuple[dict[str, Any], str]:
    try:
        text = path.read_text(encoding="utf-8")
        return tomllib.loads(text), text
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadProtocol(f"{path}: {error}. Allowed is a TOML file of a protocol. Correct the line.") from error


def _layers(path: Path) -> list[_File]:
    """Return what a file extends, oldest first, and the file itself."""
    found, seen = [_File(path)], {path.resolve()}
    while parent := found[0].content.get("extends"):
        file = next((p for p in (path.parent / f"{parent}.toml", FOLDER / f"{parent}.toml") if p.exists()), None)
        if file is None or file.resolve() in seen:
            raise found[0].refused((), "extends", f"extends {parent!r} came. Allowed: another protocol. Correct it.")
        seen.add(file.resolve())
        found.insert(0, _File(file))
    return found


def _merged(below: dict[str, Any], file: _File) -> dict[str, Any]:
    """Return a protocol with a file laid over it; every table remembers its file and place."""
    file.checked("a protocol", file.content, _TOP, ())
    found = dict(below)
    for key, value in file.content.items():
        if key in _KEYS:
            found[key] = _joined(file, key, below.get(key, []), value)
        elif key in ("component", "titration"):
            old = below.get(key, {})
            found[key] = old | {
                name: (old.get(name, {}) | one | {"_at": (file, (key, name))}) if key == "component" else one
                for name, one in value.items()
            }
        else:
            found[key] = value
    dropped = file.content.get("drop", [])
    for key, name in _KEYS.items():
        found[key] = [one for one in found.get(key, []) if one[name] not in dropped]
    found["component"] = {name: one for name, one in found.get("component", {}).items() if name not in dropped}
    return found


def _joined(file: _File, key: str, below: list[Any], above: list[Any]) -> list[Any]:
    """Return two lists of tables as one; those of the same id become one."""
    name, found = _KEYS[key], {one[_KEYS[key]]: one for one in below}
    own: set[str] = set()
    for number, one in enumerate(above):
        place = (key, number)
        if not isinstance(one, dict) or name not in one:
            raise file.refused(place, "", f"a {key} has no {name!r}. It needs one. Add it.")
        if one[name] in own:
            raise file.refused(place, name, f"two {key}s are called {one[name]!r}. Give each its own {name}.")
        own.add(one[name])
        found[one[name]] = found.get(one[name], {}) | one | {"_at": (file, place)}
    for number, one in enumerate(above):
        if "before" in one:
            if one["before"] not in found:
                raise file.refused((key, number), "before", f"before {one['before']!r} came. Allowed: a {name} of another.")
            found = _placed(found, one[name], one["before"])
    return list(found.values())


def _placed(found: dict[str, Any], moved: str, before: str) -> dict[str, Any]:
    """Return tables in order, one of them moved before another."""
    order = [name for name in found if name != moved]
    order.insert(order.index(before), moved)
    return {name: found[name] for name in order}


class _Builder:
    """Makes the objects of a merged protocol."""

    def __init__(self, file: _File, merged: dict[str, Any], region: str) -> None:
        self.file, self.merged, self.region = file, merged, region
        self.components: dict[str, Component] = {}

    def protocol(self) -> Protocol:
        """Return the protocol."""
        needed = ("name", "title", "version", "date", "review", "goal", "context", "off_label", "source")
        for key in needed:
            if key not in self.merged:
                raise self.file.refused((), "", f"the protocol has no {key!r}. It needs {', '.join(needed)}. Add it.")
        merged = self.merged
        self.file.checked("titration", merged.get("titration", {}), _TITRATION, ("titration",))
        titration = {"valid_after": 14, "stale_after": 90, "minimum": 14, "on": []} | merged.get("titration", {})
        for name, one in merged["component"].items():
            self.components[name.replace(" ", "_")] = self._component(name, one)
        for name in (*titration["on"], *merged.get("checks", [])):
            self._named(self.file, ("titration",), "on", name)
        return Protocol(
            name=merged["name"], title=merged["title"], version=merged["version"], date=merged["date"],
            review=merged["review"], region=self.region or merged.get("region", ""), goal=merged["goal"],
            context=merged["context"], off_label=merged["off_label"],
            needs=tuple(map(self._need, merged["need"])), targets=tuple(map(self._target, merged["target"])),
            components=self.components, visits=tuple(map(self._visit, merged["visit"])),
            expected=tuple(map(self._expected, merged["expected"])), rules=tuple(map(self._rule, merged["rule"])),
            valid_after=titration["valid_after"], stale_after=titration["stale_after"], minimum=titration["minimum"],
            titrates_on=tuple(titration["on"]), checks=tuple(merged.get("checks", [])),
            source=self._source(self.file, (), merged),
        )  # fmt: skip

    def _taken(self, kind: str, one: dict[str, Any], kinds: Mapping[str, type], needed: tuple[str, ...]) -> Any:
        """Return file, place and checked content of one table."""
        file, place = one["_at"]
        content = {key: value for key, value in one.items() if key != "_at"}
        file.checked(f"a {kind}", content, kinds, place)
        for key in needed:
            if key not in content:
                raise file.refused(place, "", f"a {kind} has no {key!r}. It needs {', '.join(needed)}. Add it.")
        if "certainty" in kinds and content["certainty"] not in CERTAINTIES:
            raise self._unlisted(file, place, "certainty", content["certainty"], CERTAINTIES)
        return file, place, content

    @staticmethod
    def _unlisted(file: _File, place: Any, key: str, value: Any, allowed: Any) -> BadProtocol:
        return file.refused(place, key, f"{key} {value!r} came. Allowed: {', '.join(allowed)}. Choose one.")

    def _source(self, file: _File, place: Any, content: Mapping[str, Any]) -> tuple[Source, ...]:
        try:
            return read_sources(content["source"])
        except LeydigError as error:
            raise file.refused(place, "source", f"source: {error}") from error

    def _named(self, file: _File, place: Any, key: str, name: Any) -> str:
        """Return a name that is a quantity or implied by a record."""
        if not isinstance(name, str) or not (name in QUANTITIES or implied(name)):
            raise file.refused(place, key, str(UnknownName.among("quantity", str(name), QUANTITIES)))
        head, _, drug = name.partition(".")
        if head in ("rung", "room", "held", "before", "nonresponses") and drug not in self.components:
            raise file.refused(place, key, str(UnknownName.among("component", drug, self.components)))
        if head == "on" and drug not in DRUGS:
            raise file.refused(place, key, str(UnknownName.among("drug", drug, DRUGS)))
        return name

    def _condition(self, file: _File, place: Any, one: Any) -> Condition:
        if not isinstance(one, dict) or "of" not in one:
            raise file.refused(place, "when", f"condition {one!r} came. Allowed: {{ of = ..., below = ... }}. Fix it.")
        file.checked("a condition", one, _CONDITION, place)
        name = self._named(file, place, "when", one["of"])
        limits = {key: one[key] for key in ("below", "above", "at_least", "at_most") if key in one}
        if bool(limits) + ("is" in one) + ("known" in one) != 1:
            raise file.refused(
                place, "when", f"the condition of {name!r} compares with {len(one) - 1} things. Allowed: bounds, or is, "
                "or known. Give one of these.",
            )  # fmt: skip
        yes_no = quantity(name).kind == "fact" if name in QUANTITIES else implied(name) == "fact"
        if ("is" in one) != yes_no and "known" not in one:
            raise file.refused(
                place, "when", f"{name!r} is {'a question' if yes_no else 'a number'}. Allowed: "
                f"{'is = true or false' if yes_no else 'below, above, at_least, at_most'}. Correct the condition.",
            )  # fmt: skip
        for key, allowed in (("at", ("latest", "baseline")), ("change", ("", "difference", "ratio"))):
            if one.get(key, allowed[0]) not in allowed:
                raise self._unlisted(file, place, "when", one[key], allowed)
        scale = 1.0
        if limits and name in QUANTITIES and one.get("change") != "ratio":
            try:
                scale = quantity(name).factor_from(one.get("unit", ""))
            except LeydigError as error:
                raise file.refused(place, "when", f"condition of {name}: {error}") from error
        return Condition(
            name, *(one.get(key) for key in ("below", "above", "at_least", "at_most", "is", "known")),
            unit=one.get("unit", ""), at=one.get("at", "latest"), change=one.get("change", ""),
            times=one.get("times", 1), scale=scale,
        )  # fmt: skip

    def _rule(self, one: dict[str, Any]) -> Rule:
        needed = ("id", "group", "title", "when", "severity", *LEVELS, "source", "certainty")
        file, place, content = self._taken("rule", {"severity": "info"} | one, _RULE, needed)
        for key, allowed in (("group", GROUPS), ("severity", SEVERITIES)):
            if content[key] not in allowed:
                raise self._unlisted(file, place, key, content[key], allowed)
        when: list[Condition | AnyOf] = []
        for part in content["when"]:
            if isinstance(part, dict) and "any" in part:
                when.append(AnyOf(tuple(self._condition(file, place, each) for each in part["any"])))
            else:
                when.append(self._condition(file, place, part))
        texts = (content[level] for level in LEVELS)
        rule = Rule(
            content["id"], content["group"], content["title"], tuple(when), content.get("then", ""),
            content["severity"], *texts, self._source(file, place, content), content["certainty"],
        )  # fmt: skip
        self._check_action(file, place, rule)
        return rule

    def _check_action(self, file: _File, place: Any, rule: Rule) -> None:
        if rule.then and not rule.verb:
            raise self._unlisted(file, place, "then", rule.then, VERBS)
        alone = rule.verb in ("continue", "request labs", "refer", "stop all", "")
        if alone and rule.component:
            raise file.refused(place, "then", f"then {rule.then!r} came. Allowed: {rule.verb!r} alone. Correct it.")
        if not alone and rule.component not in self.components:
            raise file.refused(place, "then", str(UnknownName.among("component", rule.component, self.components)))
        if rule.group == "titration" and not rule.then:
            raise file.refused(place, "", f"titration rule {rule.id} has no 'then'. Allowed: {', '.join(VERBS)}.")

    def _need(self, one: dict[str, Any]) -> Need:
        given = {"times": 1, "apart": 0, "within": 0, "morning": False, "required": True} | one
        file, place, content = self._taken("need", given, _NEED, ("of", "source", "certainty"))
        name = self._named(file, place, "of", content["of"])
        return Need(name, *(content[key] for key in ("times", "apart", "within", "morning", "required")),
                    self._source(file, place, content), content["certainty"])  # fmt: skip

    def _target(self, one: dict[str, Any]) -> Target:
        file, place, content = self._taken("target", one, _TARGET, ("of", "source", "certainty"))
        bounds = {key: value for key, value in content.items() if key not in ("source", "certainty")}
        band = self._condition(file, place, bounds)
        return Target(content["of"], band, self._source(file, place, content), content["certainty"])

    def _component(self, name: str, one: dict[str, Any]) -> Component:
        needed = ("rungs", "begin", "ceiling", "source", "certainty")
        file, place, content = self._taken("component", one, _COMPONENT, needed)
        if name not in DRUGS:
            raise file.refused(place, "", str(UnknownName.among("drug", name, DRUGS)))
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", LeydigWarning)
                rungs = tuple(Regimen(text) for text in content["rungs"])
        except LeydigError as error:
            raise file.refused(place, "rungs", f"rungs: {str(error).splitlines()[0]}") from error
        if not rungs or any(rung.drugs != (name,) for rung in rungs):
            raise file.refused(place, "rungs", f"every rung must give {name} and nothing else. Correct the rungs.")
        if not 0 <= content["begin"] <= len(rungs):
            raise file.refused(place, "begin", f"begin = {content['begin']} came. Allowed: 0 to {len(rungs)}. Fix it.")
        steps = content.get("one_step", {})
        for level, factor in steps.items():
            if level not in QUANTITIES or not isinstance(factor, (int, float)) or factor <= 0.0:
                raise file.refused(place, "one_step", f"one_step {level} = {factor!r} came. Allowed: a level, above 0.")
        return Component(name, rungs, content["begin"], float(content["ceiling"]), float(content.get("reduce", 0.25)),
                         dict(steps), self._source(file, place, content), content["certainty"])  # fmt: skip

    def _visit(self, one: dict[str, Any]) -> Visit:
        keys = ("name", "after", "day", "opens", "closes", "overdue", "panel")
        file, place, content = self._taken("visit", one, _VISIT, (*keys, "source", "certainty"))
        if content["after"] not in ("start", "change"):
            raise self._unlisted(file, place, "after", content["after"], ("start", "change"))
        panel = tuple(self._named(file, place, "panel", name) for name in content["panel"])
        return Visit(*(content[key] for key in keys[:-1]), panel, self._source(file, place, content),
                     content["certainty"])  # fmt: skip

    def _expected(self, one: dict[str, Any]) -> Expected:
        file, place, content = self._taken("expected", one, _EXPECTED, ("of", "goes", "why", "source"))
        if content["goes"] not in ("up", "down"):
            raise self._unlisted(file, place, "goes", content["goes"], ("up", "down"))
        name = self._named(file, place, "of", content["of"])
        return Expected(name, content["goes"] == "up", content["why"], self._source(file, place, content))
