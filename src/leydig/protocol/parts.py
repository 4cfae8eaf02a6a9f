"""The tables of a protocol file as objects: every name known, every unit of its quantity, every source readable."""

from collections.abc import Mapping
from typing import Any

from leydig.errors import LeydigError, UnknownName
from leydig.product import PRODUCTS
from leydig.protocol.implied import implied
from leydig.protocol.protocol import (
    CERTAINTIES,
    GROUPS,
    LEVELS,
    RAISING,
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
from leydig.protocol.ranks import blocks_all
from leydig.record.quantity import QUANTITIES, quantity
from leydig.regimen import Regimen
from leydig.source import Source, read_sources
from leydig.toml_file import Tables

__all__ = ["built"]

NEEDED = ("title", "version", "date", "review", "goal", "context", "off_label", "source")
_RULE = {"id": str, "group": str, "title": str, "when": list, "then": str, "severity": str, "plain": str,
         "clinical": str, "academic": str, "source": str, "certainty": str, "before": str, "blocks": list,
         "implies": list}  # fmt: skip
_NEED = {"of": str, "times": int, "apart": int, "within": int, "morning": bool, "required": bool, "source": str,
         "certainty": str}  # fmt: skip
_CONDITION = {"of": str, "below": float, "above": float, "at_least": float, "at_most": float, "is": bool,
              "known": bool, "unit": str, "at": str, "change": str, "times": int, "result": str, "within": int,
              "laboratory": float}  # fmt: skip
_TARGET = {"of": str, "below": float, "above": float, "at_least": float, "at_most": float, "unit": str, "source": str,
           "certainty": str}  # fmt: skip
_COMPONENT = {"rungs": list, "begin": int, "ceiling": float, "reduce": float, "one_step": dict, "source": str,
              "certainty": str}  # fmt: skip
_VISIT = {"name": str, "after": str, "day": int, "opens": int, "closes": int, "overdue": int, "panel": list,
          "source": str, "certainty": str}  # fmt: skip
_EXPECTED = {"of": str, "goes": str, "why": str, "source": str}
_TITRATION = {"valid_after": int, "stale_after": int, "minimum": int, "on": list}


def built(file: Tables, merged: dict[str, Any], region: str) -> Protocol:
    """Return the protocol of merged tables.

    Parameters
    ----------
    file : Tables
        The file that is read, for what belongs to no table.
    merged : dict
        Tables of the file and of what it extends; each remembers file and place under ``_at``.
    region : str

    Raises
    ------
    BadProtocol
        When a table cannot be used; the message names the line.
    """
    return _Parts(file, merged, region).protocol()


class _Parts:
    """Makes the objects of a merged protocol."""

    def __init__(self, file: Tables, merged: dict[str, Any], region: str) -> None:
        self.file, self.merged, self.region = file, merged, region
        self.components: dict[str, Component] = {}

    def protocol(self) -> Protocol:
        """Return the protocol."""
        merged = self.merged
        for key in NEEDED:
            if key not in merged:
                raise self.file.refused((), "", f"got a protocol without {key!r}; expected {', '.join(NEEDED)}. "
                                        f"Add {key} = ...")  # fmt: skip
        self.file.checked("titration", merged.get("titration", {}), _TITRATION, ("titration",))
        titration = {"valid_after": 14, "stale_after": 90, "minimum": 14, "on": []} | merged.get("titration", {})
        for name, one in merged["component"].items():
            self.components[name.replace(" ", "_")] = self._component(name, one)
        for name in (*titration["on"], *merged.get("checks", [])):
            self._named(self.file, ("titration",), "on", name)
        return Protocol(
            name=merged["name"], title=merged["title"], version=merged["version"], date=merged["date"],
            review=merged["review"], region=self.region or merged.get("region", ""), goal=merged["goal"],
            region_title=merged.get("region_title", ""),
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
        file.checked(f"a {kind}", content, kinds, place, needed)
        if "certainty" in kinds and content["certainty"] not in CERTAINTIES:
            raise file.unlisted(place, "certainty", content["certainty"], CERTAINTIES)
        return file, place, content

    def _source(self, file: Tables, place: Any, content: Mapping[str, Any]) -> tuple[Source, ...]:
        try:
            return read_sources(content["source"])
        except LeydigError as error:
            raise file.refused(place, "source", f"source: {error}") from error

    def _named(self, file: Tables, place: Any, key: str, name: Any) -> str:
        """Return a name that is a quantity or implied by a record."""
        if not isinstance(name, str) or not (name in QUANTITIES or implied(name)):
            raise file.refused(place, key, str(UnknownName.among("quantity", str(name), QUANTITIES)))
        head, _, drug = name.partition(".")
        if head in ("rung", "room", "held", "before", "nonresponses") and drug not in self.components:
            raise file.refused(place, key, str(UnknownName.among("component", drug, self.components)))
        if head == "on" and drug not in PRODUCTS:
            raise file.refused(place, key, str(UnknownName.among("drug", drug, PRODUCTS)))
        return name

    def _condition(self, file: Tables, place: Any, one: Any) -> Condition:
        if not isinstance(one, dict) or "of" not in one:
            raise file.refused(
                place, "when", f"got condition {one!r}; expected a table. Write {{ of = ..., below = ... }}."
            )
        file.checked("a condition", one, _CONDITION, place)
        name = self._named(file, place, "when", one["of"])
        limits = {key: one[key] for key in ("below", "above", "at_least", "at_most") if key in one}
        if bool(limits) + ("is" in one) + ("known" in one) + ("result" in one) != 1:
            raise file.refused(
                place, "when", f"got a condition of {name!r} with {', '.join(sorted(set(one) - {'of'})) or 'nothing'}; "
                "expected bounds, or is, or result, or known. Give one of these.",
            )  # fmt: skip
        self._check_kind(file, place, name, one)
        for key, allowed in (("at", ("latest", "baseline")), ("change", ("", "difference", "ratio")),
                             ("result", ("", "normal", "abnormal"))):  # fmt: skip
            if one.get(key, allowed[0]) not in allowed:
                raise file.unlisted(place, "when", one[key], allowed)
        scale = 1.0
        if limits and name in QUANTITIES and one.get("change") != "ratio":
            try:
                scale = quantity(name).factor_from(one.get("unit", ""))
            except LeydigError as error:
                raise file.refused(place, "when", f"condition of {name}: {error}") from error
        return Condition(
            name, one.get("below"), one.get("above"), one.get("at_least"), one.get("at_most"), one.get("is"),
            one.get("known"), one.get("unit", ""), one.get("at", "latest"), one.get("change", ""), one.get("times", 1),
            scale, one.get("result", ""), one.get("within", 0), float(one.get("laboratory", 0.0)),
        )  # fmt: skip

    def _check_kind(self, file: Tables, place: Any, name: str, one: dict[str, Any]) -> None:
        """Refuse bounds of a question, an answer to a number, and the like."""
        kind = quantity(name).kind if name in QUANTITIES else implied(name)
        words = {"fact": ("is", "is = true or false"), "work-up": ("result", "result = 'normal' or 'abnormal'")}
        key, allowed = words.get(kind, ("", "below, above, at_least, at_most"))
        wrong = (key not in one) if key else ("is" in one or "result" in one)
        if wrong and "known" not in one:
            raise file.refused(place, "when", f"got {name!r}, {kind or 'a number'}, with {sorted(set(one) - {'of'})}; "
                               f"expected {allowed}. Correct the condition.")  # fmt: skip

    def _rule(self, one: dict[str, Any]) -> Rule:
        needed = ("id", "group", "title", "when", "severity", *LEVELS, "source", "certainty")
        file, place, content = self._taken("rule", {"severity": "info"} | one, _RULE, needed)
        for key, allowed in (("group", GROUPS), ("severity", SEVERITIES)):
            if content[key] not in allowed:
                raise file.unlisted(place, key, content[key], allowed)
        when: list[Condition | AnyOf] = []
        for part in content["when"]:
            if isinstance(part, dict) and "any" in part:
                when.append(AnyOf(tuple(self._condition(file, place, each) for each in part["any"])))
            else:
                when.append(self._condition(file, place, part))
        rule = Rule(
            content["id"], content["group"], content["title"], tuple(when), content.get("then", ""),
            content["severity"], content["plain"], content["clinical"], content["academic"],
            self._source(file, place, content), content["certainty"],
            tuple(content.get("blocks", RAISING if blocks_all(content) else ())), tuple(content.get("implies", ())),
        )  # fmt: skip
        self._check_action(file, place, rule)
        self._check_words(file, place, rule)
        return rule

    def _check_words(self, file: Tables, place: Any, rule: Rule) -> None:
        for verb in rule.blocks:
            if verb not in RAISING:
                raise file.unlisted(place, "blocks", verb, RAISING)
        questions = [name for name in QUANTITIES if QUANTITIES[name].kind == "fact"]
        for name in rule.implies:
            if name not in questions:
                raise file.refused(place, "implies", str(UnknownName.among("question", str(name), questions)))
            if name in {one.of for one in rule.conditions}:
                raise file.refused(place, "implies", f"got {rule.id}, which reads {name!r}; expected that it implies "
                                   "another question. A rule never answers what it asks.")  # fmt: skip

    def _check_action(self, file: Tables, place: Any, rule: Rule) -> None:
        if rule.then and not rule.verb:
            raise file.unlisted(place, "then", rule.then, VERBS)
        alone = rule.verb in ("continue", "request labs", "refer", "stop all", "")
        if alone and rule.component:
            raise file.refused(
                place, "then", f"got then {rule.then!r}; expected {rule.verb!r} alone. Leave the component out."
            )
        if not alone and rule.component not in self.components:
            raise file.refused(place, "then", str(UnknownName.among("component", rule.component, self.components)))
        if rule.group == "titration" and not rule.then:
            raise file.refused(place, "", f"got titration rule {rule.id} without 'then'; expected {', '.join(VERBS)}. "
                               "Add then = ...")  # fmt: skip

    def _need(self, one: dict[str, Any]) -> Need:
        given = {"times": 1, "apart": 0, "within": 0, "morning": False, "required": True} | one
        file, place, content = self._taken("need", given, _NEED, ("of", "source", "certainty"))
        name = self._named(file, place, "of", content["of"])
        return Need(name, content["times"], content["apart"], content["within"], content["morning"],
                    content["required"], self._source(file, place, content), content["certainty"])  # fmt: skip

    def _target(self, one: dict[str, Any]) -> Target:
        file, place, content = self._taken("target", one, _TARGET, ("of", "source", "certainty"))
        bounds = {key: value for key, value in content.items() if key not in ("source", "certainty")}
        band = self._condition(file, place, bounds)
        return Target(content["of"], band, self._source(file, place, content), content["certainty"])

    def _component(self, name: str, one: dict[str, Any]) -> Component:
        needed = ("rungs", "begin", "ceiling", "source", "certainty")
        file, place, content = self._taken("component", one, _COMPONENT, needed)
        if name not in PRODUCTS:
            raise file.refused(place, "", str(UnknownName.among("drug", name, PRODUCTS)))
        try:
            rungs = tuple(Regimen.written(text) for text in content["rungs"])
        except LeydigError as error:
            raise file.refused(place, "rungs", f"rungs: {str(error).splitlines()[0]}") from error
        if not rungs or any(rung.drugs != (name,) for rung in rungs):
            raise file.refused(place, "rungs", f"got rungs {content['rungs']}; expected at least one, each of {name} "
                               "alone. Move other drugs to components of their own.")  # fmt: skip
        if not 0 <= content["begin"] <= len(rungs):
            raise file.refused(place, "begin", f"got begin = {content['begin']}; expected 0 to {len(rungs)}. "
                               "Name a rung, counted from 1, or 0 for none.")  # fmt: skip
        steps = content.get("one_step", {})
        for level, factor in steps.items():
            if level not in QUANTITIES or not isinstance(factor, (int, float)) or factor <= 0.0:
                raise file.refused(place, "one_step", f"got one_step {level} = {factor!r}; expected a factor above 0 "
                                   "of a quantity of the record. Write such as { estradiol = 0.5 }.")  # fmt: skip
        return Component(name, rungs, content["begin"], float(content["ceiling"]), float(content.get("reduce", 0.25)),
                         dict(steps), self._source(file, place, content), content["certainty"])  # fmt: skip

    def _visit(self, one: dict[str, Any]) -> Visit:
        keys = ("name", "after", "day", "opens", "closes", "overdue", "panel")
        file, place, content = self._taken("visit", one, _VISIT, (*keys, "source", "certainty"))
        if content["after"] not in ("start", "change"):
            raise file.unlisted(place, "after", content["after"], ("start", "change"))
        panel = tuple(self._named(file, place, "panel", name) for name in content["panel"])
        return Visit(content["name"], content["after"], content["day"], content["opens"], content["closes"],
                     content["overdue"], panel, self._source(file, place, content), content["certainty"])  # fmt: skip

    def _expected(self, one: dict[str, Any]) -> Expected:
        file, place, content = self._taken("expected", one, _EXPECTED, ("of", "goes", "why", "source"))
        if content["goes"] not in ("up", "down"):
            raise file.unlisted(place, "goes", content["goes"], ("up", "down"))
        name = self._named(file, place, "of", content["of"])
        return Expected(name, content["goes"] == "up", content["why"], self._source(file, place, content))
