"""The tables of a protocol file as objects: every name known, every unit of its quantity, every source readable."""

from typing import Any, TypeVar

from leydig.errors import UnknownName
from leydig.file_model import validate_file
from leydig.product import PRODUCTS
from leydig.protocol.protocol import (
    Component,
    ExpectedChange,
    Protocol,
    Requirement,
    Rule,
    Target,
    Visit,
)
from leydig.protocol.protocol_file import (
    ComponentTable,
    ExpectedTable,
    InseminationTable,
    NeedTable,
    PartTable,
    RuleTable,
    TargetTable,
    TitrationTable,
    VisitTable,
)
from leydig.protocol.ranks import blocks_all
from leydig.protocol.semen import InseminationBands
from leydig.protocol.vocabulary import RAISING, Group, Verb
from leydig.source import read_sources
from leydig.toml_file import FilePlace, Tables

__all__ = ["build_protocol"]

NEEDED = ("title", "version", "date", "review", "goal", "context", "off_label", "source")
T = TypeVar("T", bound=PartTable)


def build_protocol(file: Tables, tables: dict[str, Any]) -> Protocol:
    """Return the protocol of merged tables.

    Parameters
    ----------
    file : Tables
        The file that is read, for what belongs to no table.
    tables : dict
        Tables of the file and of what it extends; each remembers file and place under ``_at``.

    Raises
    ------
    BadProtocol
        When a table cannot be used; the message names the line.
    """
    return _Parts(file, tables).protocol()


class _Parts:
    """Makes the objects of a merged protocol."""

    def __init__(self, file: Tables, merged: dict[str, Any]) -> None:
        self.file, self.merged = file, merged
        self.components: dict[str, Component] = {}

    def protocol(self) -> Protocol:
        """Return the protocol."""
        merged = self.merged
        for key in NEEDED:
            if key not in merged:
                raise self.file.refusal((), "", f"got a protocol without {key!r}; expected {', '.join(NEEDED)}. "
                                        f"Add {key} = ...")  # fmt: skip
        titration = validate_file(TitrationTable, self.file, merged.get("titration", {}), ("titration",))
        for name, one in merged["component"].items():
            self.components[name.replace(" ", "_")] = self._component(name, one)
        for name in (*titration.on, *merged.get("checks", [])):
            self._check_component(self.file, ("titration",), "on", name)
        return Protocol(
            name=merged["name"], title=merged["title"], version=merged["version"], date=merged["date"],
            review=merged["review"], region=merged.get("region", ""), goal=merged["goal"],
            region_title=merged.get("region_title", ""),
            context=merged["context"], off_label=merged["off_label"],
            needs=tuple(map(self._need, merged["need"])), targets=tuple(map(self._target, merged["target"])),
            components=self.components, visits=tuple(map(self._visit, merged["visit"])),
            expected=tuple(map(self._expected_change, merged["expected"])),
            rules=tuple(map(self._rule, merged["rule"])),
            valid_after=titration.valid_after, stale_after=titration.stale_after, minimum=titration.minimum,
            titrates_on=tuple(titration.on), insemination=self._insemination(), checks=tuple(merged.get("checks", [])),
            source=read_sources(merged["source"]),
        )  # fmt: skip

    def _take_table(self, model: type[T], one: dict[str, Any]) -> tuple[Tables, FilePlace, T]:
        """Return file, place and checked content of one table."""
        file, place = one["_at"]
        content = {key: value for key, value in one.items() if key != "_at"}
        return file, place, validate_file(model, file, content, place)

    def _check_component(self, file: Tables, place: FilePlace, key: str, name: str) -> str:
        """Return a name whose component or drug there is."""
        head, _, drug = name.partition(".")
        if head in ("rung", "room", "held", "before", "nonresponses") and drug not in self.components:
            raise file.refusal(place, key, str(UnknownName.among("component", drug, self.components)))
        if head == "on" and drug not in PRODUCTS:
            raise file.refusal(place, key, str(UnknownName.among("drug", drug, PRODUCTS)))
        return name

    def _rule(self, one: dict[str, Any]) -> Rule:
        file, place, table = self._take_table(RuleTable, one)
        blocks = RAISING if table.blocks is None and blocks_all(table.group, table.severity) else table.blocks or ()
        rule = Rule(
            table.id, table.group, table.title, tuple(part.conditions for part in table.when), table.then,
            table.severity, table.plain, table.clinical, table.academic, table.source, table.certainty,
            tuple(blocks), tuple(table.implies),
        )  # fmt: skip
        for condition in rule.conditions:
            self._check_component(file, place, "when", condition.of)
        if rule.asks_of_advice and rule.group not in (Group.TITRATION, Group.STOP):
            raise file.refusal(place, "when", f"got {rule.id} with under = 'advised' in group {rule.group!r}; expected "
                               "a titration rule, which advises a dose. Leave it out: other rules are asked of what is "
                               "given, and of what would be given.")  # fmt: skip
        self._check_action(file, place, rule)
        self._check_words(file, place, rule)
        return rule

    def _check_words(self, file: Tables, place: FilePlace, rule: Rule) -> None:
        for name in rule.implies:
            if name in {one.of for one in rule.conditions}:
                raise file.refusal(place, "implies", f"got {rule.id}, which reads {name!r}; expected that it implies "
                                   "another question. A rule never answers what it asks.")  # fmt: skip

    def _check_action(self, file: Tables, place: FilePlace, rule: Rule) -> None:
        if rule.then and not rule.verb:
            raise file.refusal_of_word(place, "then", rule.then, list(Verb))
        alone = rule.verb in (Verb.CONTINUE, Verb.REQUEST_LABS, Verb.REFER, Verb.STOP_ALL, "")
        if alone and rule.component:
            raise file.refusal(
                place, "then", f"got then {rule.then!r}; expected {rule.verb!r} alone. Leave the component out."
            )
        if not alone and rule.component not in self.components:
            raise file.refusal(place, "then", str(UnknownName.among("component", rule.component, self.components)))
        if rule.group == Group.TITRATION and not rule.then:
            raise file.refusal(place, "", f"got titration rule {rule.id} without 'then'; expected {', '.join(Verb)}. "
                               "Add then = ...")  # fmt: skip

    def _need(self, one: dict[str, Any]) -> Requirement:
        file, place, table = self._take_table(NeedTable, one)
        self._check_component(file, place, "of", table.of)
        return Requirement(**dict(table))

    def _target(self, one: dict[str, Any]) -> Target:
        file, place, table = self._take_table(TargetTable, one)
        self._check_component(file, place, "of", table.of)
        return Target(table.of, table.band, table.source, table.certainty)

    def _insemination(self) -> InseminationBands:
        if "insemination" not in self.merged:
            raise self.file.refusal((), "insemination", "got a protocol without [insemination]; expected its bands. "
                                    'Write extends = "base", or add the table.')  # fmt: skip
        _, _, table = self._take_table(InseminationTable, self.merged["insemination"])
        return InseminationBands(**dict(table))

    def _component(self, name: str, one: dict[str, Any]) -> Component:
        file, place, table = self._take_table(ComponentTable, one)
        if name not in PRODUCTS:
            raise file.refusal(place, "", str(UnknownName.among("drug", name, PRODUCTS)))
        if not table.rungs or any(rung.drugs != (name,) for rung in table.rungs):
            raise file.refusal(place, "rungs", f"got rungs {one['rungs']}; expected at least one, each of {name} "
                               "alone. Move other drugs to components of their own.")  # fmt: skip
        return Component(name, tuple(table.rungs), table.begin, table.ceiling, table.reduce, dict(table.one_step),
                         table.source, table.certainty)  # fmt: skip

    def _visit(self, one: dict[str, Any]) -> Visit:
        file, place, table = self._take_table(VisitTable, one)
        for name in table.panel:
            self._check_component(file, place, "panel", name)
        return Visit(**(dict(table) | {"panel": tuple(table.panel)}))

    def _expected_change(self, one: dict[str, Any]) -> ExpectedChange:
        file, place, table = self._take_table(ExpectedTable, one)
        self._check_component(file, place, "of", table.of)
        return ExpectedChange(table.of, table.goes == "up", table.why, table.source)
