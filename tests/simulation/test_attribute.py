"""Attribution: a sum that is exact, alike for like arrows, nothing for an arrow that carries nothing."""

import json
import re
from itertools import permutations

import numpy as np
import pytest
from typer.testing import CliRunner

import leydig as ly
from leydig.cli.main import app
from leydig.man.surgery.surgery import Surgery, operate
from leydig.reports.explain import explain
from leydig.simulation.attribute import BRAKES, shapley_values

ANASTROZOLE = "anastrozole 1 mg daily"
MAN = ["--age", "34", "--bmi", "28.7", "--lab", "testosterone 271 ng/dL", "--lab", "estradiol 32 pg/mL",
       "--lab", "lh 3.4 IU/L", "--lab", "fsh 4.8 IU/L"]  # fmt: skip


@pytest.fixture(scope="module")
def anastrozole(shah_man):
    return ly.attribute(shah_man, "", ANASTROZOLE, at=["1 day", "4 weeks", "26 weeks"])


def test_the_value_of_a_game_is_the_mean_over_all_orders():
    worth = np.random.default_rng(3).normal(size=(16, 2))
    found, orders = shapley_values(worth), list(permutations(range(4)))
    by_hand = np.zeros((4, 2))
    for order in orders:
        before = 0
        for player in order:
            after = before | 1 << (3 - player)
            by_hand[player] += (worth[after] - worth[before]) / len(orders)
            before = after
    np.testing.assert_allclose(found, by_hand, rtol=1e-12)
    np.testing.assert_allclose(found.sum(axis=0), worth[-1] - worth[0], rtol=1e-12)


def test_like_players_get_alike_and_one_without_effect_gets_nothing():
    sizes = np.array([number.bit_count() for number in range(8)])
    np.testing.assert_allclose(shapley_values(sizes**2.0), 3.0)
    blind = np.array([0.0, 0.0, 2.0, 2.0, 1.0, 1.0, 7.0, 7.0])  # the last player changes nothing
    assert shapley_values(blind)[2] == 0.0


def test_the_parts_add_up_to_the_change_that_a_simulation_shows(anastrozole, shah_man):
    total = sum(anastrozole.parts.values())
    np.testing.assert_allclose(total, anastrozole.change, rtol=1e-10)
    course = ly.simulate(shah_man, ANASTROZOLE, weeks=26)["testosterone"]
    shown = [float(course.at(day=day).value) for day in (1, 28, 182)]
    np.testing.assert_allclose(anastrozole.after, shown, rtol=1e-6)
    np.testing.assert_allclose(anastrozole.before, 271.0, rtol=1e-6)


def test_what_no_arrow_carried_is_what_is_left_with_all_cut(anastrozole, shah_man):
    deaf = operate(shah_man, Surgery(**dict.fromkeys(BRAKES, 0.0)))
    course = ly.simulate(deaf, ANASTROZOLE, weeks=26)["testosterone"]
    left = [float(course.at(day=day).value) - 271.0 for day in (1, 28, 182)]
    np.testing.assert_allclose(anastrozole["direct"], left, atol=1e-3)


def test_anastrozole_acts_by_estradiol_s_brakes_against_testosterone_s(anastrozole):
    assert np.all(anastrozole["estradiol_feedback"] > 2 * anastrozole["estradiol_to_leydig_cells"])
    assert np.all(anastrozole["estradiol_to_leydig_cells"] > 0) and np.all(anastrozole["testosterone_feedback"] < 0)
    np.testing.assert_allclose(anastrozole["inhibin_feedback"], 0.0, atol=1e-9)  # FSH drives no Leydig cell


def test_the_order_of_arrows_changes_nothing_and_two_regimens_swapped_change_the_sign(anastrozole, shah_man):
    other = ly.attribute(shah_man, ANASTROZOLE, "", at="26 weeks", arrows=BRAKES[::-1])
    for name in (*BRAKES, "direct"):
        np.testing.assert_allclose(other[name][0], -anastrozole[name][-1], rtol=1e-9, atol=1e-9)


def test_a_small_push_is_split_as_the_gains_of_a_straight_loop_say(shah_man):
    brakes = ("estradiol_feedback", "testosterone_feedback")
    found, *alone = (
        ly.attribute(shah_man, "", "hcg 1 IU daily", at="104 weeks", arrows=arrows, tolerance=1e-7)
        for arrows in (brakes, brakes[1:], brakes[:1])
    )
    push = found["direct"][0]
    first, second = (push / one["direct"][0] - 1.0 for one in alone)  # open-loop gains, each beside a cut other
    left = {one: push / (1.0 + sum(one)) for one in ((), (first,), (second,), (first, second))}
    expected = [((left[own,] - push) + (left[first, second] - left[other,])) / 2.0
                for own, other in ((first, second), (second, first))]  # fmt: skip
    assert found.change[0] == pytest.approx(left[first, second], rel=0.05)
    np.testing.assert_allclose([found[one][0] for one in brakes], expected, rtol=0.05)


def test_weight_that_is_lost_is_taken_apart_too():
    series = ly.BmiSeries({0: 40, 180: 30}, "linear")
    found = ly.attribute(ly.Man(age=40, bmi=40), "", "", bmi=series, at="52 weeks")
    assert found.change[0] > 30 and found["estradiol_feedback"][0] > 0
    np.testing.assert_allclose(sum(found.parts.values()), found.change, rtol=1e-10)


def test_it_says_itself_in_a_line_a_table_another_unit_and_a_figure(anastrozole, tmp_path):
    assert repr(anastrozole).startswith("Attribution(testosterone 271 to 470.8")
    assert "adds up to the change" in anastrozole._repr_html_()
    table = anastrozole.table()
    assert list(table.columns) == ["day 1", "day 28", "day 182"] and table.index[-1] == "change"
    np.testing.assert_allclose(table.iloc[:-1].sum(), table.loc["change"], rtol=1e-10)
    molar = anastrozole.to("nmol/L")
    np.testing.assert_allclose(sum(molar.parts.values()), molar.change, rtol=1e-10)
    assert molar.before[0] == pytest.approx(9.396, abs=0.01)
    figure = anastrozole.plot(tmp_path / "parts.png")
    assert (tmp_path / "parts.png").stat().st_size > 5000 and len(figure.axes[0].patches) == 5
    with pytest.raises(ly.UnknownName, match="got arrow 'estradiol'"):
        anastrozole["estradiol"]


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"analyte": "testosteron"}, ly.UnknownName, "Did you mean testosterone"),
        ({"arrows": ["estradiol"]}, ly.UnknownName, "got arrow 'estradiol'"),
        ({"arrows": []}, ly.OutOfRange, "expected at least one"),
        ({"arrows": BRAKES[:1] * 2}, ly.OutOfRange, "each once"),
        ({"at": []}, ly.OutOfRange, "got"),
    ],
)
def test_what_cannot_be_split_is_refused(shah_man, options, error, words):
    with pytest.raises(error, match=words):
        ly.attribute(shah_man, "", ANASTROZOLE, **options)


def test_many_men_are_refused(shah_man):
    with pytest.raises(ly.OutOfRange, match="expected one man"):
        ly.attribute(ly.Man.stack([shah_man, shah_man]), "", ANASTROZOLE)


def test_the_command_says_the_same(anastrozole, tmp_path):
    given = ["attribute", *MAN, "--regimen", ANASTROZOLE]
    ran = CliRunner().invoke(app, [*given, "--units", "si", "--json"])
    told = json.loads(ran.output)
    assert told["unit"] == "nmol/L" and told["before"]["regimen"] == "nothing"
    for name, part in told["parts"].items():
        assert part["values"][0] == pytest.approx(anastrozole.to("nmol/L")[name][-1], rel=1e-9, abs=1e-9)
    plain = CliRunner().invoke(app, [*given, "--at", "4 weeks", "--out", str(tmp_path / "x.png")])
    assert plain.exit_code == 0 and "estradiol's brake on brain and pituitary" in plain.output and "+18" in plain.output
    assert "e-1" not in plain.output and re.search(r"inhibin B's brake on FSH +│ 0 ", plain.output)
    refused = CliRunner().invoke(app, [*given, "--arrow", "heart"])
    assert refused.exit_code == 2 and "got arrow 'heart'" in refused.output


def test_an_explanation_says_through_which_arrow(shah_man):
    text = explain(ANASTROZOLE, shah_man)
    assert "Of the change of testosterone at week 12" in text
    assert (
        "through estradiol's brake on brain and pituitary" in text and "inhibin" not in text.split("Of the change")[1]
    )
    assert "Of the change" not in explain("", shah_man)
