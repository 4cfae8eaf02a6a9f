"""Reading protocols: by name, by path, and again when a file has changed."""

from pathlib import Path

import pytest

from leydig.errors import BadProtocol
from leydig.protocol.protocol_file import ComponentTable, NeedTable, TitrationTable
from leydig.protocol.reader import PROTOCOLS_FOLDER, read_protocol

SHIPPED = (PROTOCOLS_FOLDER / "anastrozole.toml").read_text(encoding="utf-8")


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "own.toml"
    path.write_text(SHIPPED, encoding="utf-8")
    return path


def test_a_path_is_a_protocol_as_its_text_is(file):
    assert read_protocol(file).name == read_protocol(str(file)).name == "own"
    assert read_protocol(file) is read_protocol(file)


def test_a_file_that_was_changed_is_read_again(file):
    title = read_protocol(file).title
    file.write_text(SHIPPED.replace(title, "Another title", 1), encoding="utf-8")
    assert read_protocol(file).title == "Another title"


def test_a_file_that_it_extends_is_read_again_too(file):
    above = file.with_name("above.toml")
    above.write_text('extends = "own"\n', encoding="utf-8")
    title = read_protocol(above).title
    file.write_text(SHIPPED.replace(title, "Another title", 1), encoding="utf-8")
    assert read_protocol(above).title == "Another title"


@pytest.mark.parametrize("name", [5, None, ["anastrozole"], b"anastrozole"])
def test_what_is_no_name_is_refused(name):
    with pytest.raises(BadProtocol, match=r"^got .* as a protocol; expected one of anastrozole, .*\.toml"):
        read_protocol(name)


def test_a_path_without_an_ending_is_a_name():
    assert read_protocol(Path("anastrozole")) is read_protocol("Anastrozole ")


def test_a_dose_may_change_by_results_of_two_weeks_to_three_months_where_a_file_does_not_say():
    table = TitrationTable()
    assert (table.valid_after, table.stale_after, table.minimum, table.on) == (14, 90, 14, [])  # days


RULE = """
[[rule]]
id = "{name}"
group = "pattern"
title = "Planted"
when = [{{ of = "lh", below = 2, unit = "IU/L" }}]
plain = "A planted rule."
clinical = "A planted rule."
academic = "A planted rule."
source = "assumed: a planted rule"
certainty = "proposal"
{more}
"""


def laid_over(folder, text, name="above.toml"):
    path = folder / name
    path.write_text('extends = "anastrozole"\n' + text, encoding="utf-8")
    return path


def ids(protocol):
    return [one.id for one in protocol.rules]


def test_a_rule_is_laid_over_field_by_field_and_stays_in_its_place(tmp_path):
    path = laid_over(tmp_path, '[[rule]]\nid = "T7_PRIMARY"\ntitle = "Another title"\n')
    below, above = read_protocol("anastrozole"), read_protocol(path)
    assert ids(above) == ids(below)
    (old,), (new,) = ([one for one in each.rules if one.id == "T7_PRIMARY"] for each in (below, above))
    assert (new.title, new.when, new.then) == ("Another title", old.when, old.then)


def test_a_new_rule_stands_last_or_where_it_is_put(tmp_path):
    last = read_protocol(laid_over(tmp_path, RULE.format(name="NEW", more="")))
    assert ids(last)[-1] == "NEW"
    moved = read_protocol(laid_over(tmp_path, RULE.format(name="NEW", more='before = "T7_PRIMARY"'), "moved.toml"))
    assert ids(moved)[ids(moved).index("T7_PRIMARY") - 1] == "NEW" and len(ids(moved)) == len(ids(last))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (RULE.format(name="NEW", more="") * 2, "got id 'NEW' of two rules; expected each once"),
        (RULE.format(name="NEW", more='before = "NOWHERE"'), "NOWHERE"),
        ('[[rule]]\ntitle = "without"\n', "got a rule without 'id'; expected one"),
        ('name = "other"\n', "got name = 'other'; expected no name"),
        (RULE.format(name="NEW", more='implies = ["headache"]').replace('of = "lh", below = 2, unit = "IU/L"', 'of = "headache", is = true'), "A rule never answers what it asks"),
        (RULE.format(name="NEW", more='then = "dance"'), "dance"),
        (RULE.format(name="NEW", more='then = "continue anastrozole"'), "Leave the component out"),
        (RULE.format(name="NEW", more='then = "step up clomiphene"'), "clomiphene"),
        (RULE.format(name="NEW", more="").replace('"pattern"', '"titration"'), "got titration rule NEW without 'then'"),
        (RULE.format(name="NEW", more="").replace('of = "lh", below', 'of = "rung.clomiphene", below').replace(', unit = "IU/L"', ""), "clomiphene"),
        (RULE.format(name="NEW", more="").replace(', below = 2, unit = "IU/L"', ""), "Give one of these"),
        (RULE.format(name="NEW", more="").replace('below = 2, unit = "IU/L"', "is = true"), "got 'lh' (analyte) with ['is']; expected below"),
        (RULE.format(name="NEW", more="").replace('of = "lh", below = 2, unit = "IU/L"', 'of = "headache", below = 2'), "got 'headache' (fact) with ['below']; expected is"),
        (RULE.format(name="NEW", more="").replace('of = "lh", below = 2, unit = "IU/L"', 'of = "karyotype", is = true'), "Correct the condition"),
        (RULE.format(name="NEW", more="").replace("IU/L", "pg/mL"), "condition of lh"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_named(tmp_path, text, said):
    with pytest.raises(BadProtocol) as refused:
        read_protocol(laid_over(tmp_path, text))
    assert said in str(refused.value) and "above.toml, line" in str(refused.value)


def test_what_is_dropped_is_gone_of_every_kind(tmp_path):
    path = laid_over(tmp_path, 'drop = ["T7_PRIMARY", "te2_ratio", "12 months"]\n')
    protocol, below = read_protocol(path), read_protocol("anastrozole")
    assert "T7_PRIMARY" not in ids(protocol) and len(ids(protocol)) == len(ids(below)) - 1
    assert "te2_ratio" not in {one.of for one in protocol.targets}
    assert {one.name for one in below.visits} - {one.name for one in protocol.visits} == {"12 months"}


def test_a_circle_of_files_is_refused(tmp_path):
    (tmp_path / "one.toml").write_text('extends = "two"\n', encoding="utf-8")
    (tmp_path / "two.toml").write_text('extends = "one"\n', encoding="utf-8")
    with pytest.raises(BadProtocol, match="no circle"):
        read_protocol(tmp_path / "one.toml")


def test_a_component_is_laid_over_key_by_key(tmp_path):
    path = laid_over(tmp_path, "[component.anastrozole]\nceiling = 2.0\n[titration]\nminimum = 21\n")
    above, below = read_protocol(path), read_protocol("anastrozole")
    (old,), (new,) = below.components.values(), above.components.values()
    assert (new.ceiling, new.rungs, new.begin) == (2.0, old.rungs, old.begin)
    assert (above.minimum, above.valid_after, above.titrates_on) == (21, below.valid_after, below.titrates_on)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("begin = 9", "got begin = 9; expected 0 to 5"), ("begin = -1", "got begin = -1; expected 0 to 5"),
        ('rungs = ["clomiphene 25 mg daily"]', "Move other drugs to components of their own"),
        ("rungs = []", "expected"),
    ],
)  # fmt: skip
def test_a_ladder_that_cannot_be_is_named(tmp_path, line, said):
    with pytest.raises(BadProtocol) as refused:
        read_protocol(laid_over(tmp_path, f"[component.anastrozole]\n{line}\n"))
    assert said in str(refused.value)


@pytest.mark.parametrize("begin", [0, 5])
def test_a_ladder_may_begin_at_either_end(tmp_path, begin):
    path = laid_over(tmp_path, f"[component.anastrozole]\nbegin = {begin}\n", f"begin{begin}.toml")
    assert read_protocol(path).components["anastrozole"].begin == begin


def test_a_region_keeps_the_title_of_the_protocol_and_has_its_own():
    plain, aua = read_protocol("anastrozole"), read_protocol("anastrozole", "aua")
    assert (aua.title, plain.region_title) == (plain.title, "") and aua.region_title and aua.region == "aua"


def test_what_a_table_says_where_it_says_nothing():
    need = NeedTable.model_fields
    usual = {name: need[name].default for name in ("times", "apart", "within", "morning", "required")}
    assert usual == {"times": 1, "apart": 0, "within": 0, "morning": False, "required": True}
    assert ComponentTable.model_fields["reduce"].default == 0.25
