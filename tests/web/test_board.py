"""The trend board: every result at its place, bounds as arrows, forecasts that are trusted and no others."""

import datetime as dt
import hashlib
import re

import pytest
from web.clinic import man_views, men, pages, views

from leydig.analytes import of_panel
from leydig.record.quantity import QUANTITIES
from leydig.web.assets import asset, asset_address
from leydig.web.board.drawing import NARROW, WIDE, draw_panel, draw_ribbon, round_values

SHEET = asset(asset_address("leydig.css").rpartition("/")[2])[0].decode().splitlines()


def panel(name, of="alarm"):
    board = man_views()[of].board
    return board, next(one for one in board.panels if one.name == name)


def numbers(path):
    return [float(one) for one in re.findall(r"-?\d+(?:\.\d+)?(?:e-?\d+)?", path)]


def test_every_level_of_the_card_has_a_panel_with_its_results():
    board, record = man_views()["treated"].board, men()["treated"][0]
    assert tuple(one.name for one in board.panels) == of_panel("card")
    for one in board.panels:
        if one.name != "te2_ratio":
            assert [(p.day, p.value) for p in one.points] == sorted(
                {(r.date, r.standard_value) for r in record.of(one.name)}
            )
        assert one.unit == QUANTITIES[one.name].unit


def test_a_result_stands_where_its_day_and_value_are():
    board, one = panel("testosterone")
    drawing = draw_panel(one, board, WIDE)
    marks = [shape for shape in drawing.shapes if shape.kind == "mark result"]
    assert len(marks) == len(one.points)
    top = max(tick.at for tick in drawing.values)  # the line of 0
    scale = (top - drawing.values[1].at) / float(drawing.values[1].label)
    for shape, point in zip(marks, one.points, strict=True):
        x, y = numbers(shape.path)[0] + 4.2, numbers(shape.path)[1]
        share = (point.day - board.first).days / (board.last - board.first).days
        assert x == pytest.approx(52.0 + share * (860.0 - 62.0), abs=0.2)
        assert (top - y) / scale == pytest.approx(point.value, rel=0.01)


def test_a_bound_is_an_arrow_toward_the_value():
    board, one = panel("estradiol")
    bound = next(point for point in one.points if point.comparator == "<")
    assert bound.value < 10.0 and bound.text.startswith("<10 pg/mL")
    shape = next(shape for shape in draw_panel(one, board, WIDE).shapes if shape.kind == "mark below")
    heights = [y for x, y in zip(numbers(shape.path)[::2], numbers(shape.path)[1::2], strict=True)]
    assert max(heights) > heights[0]  # downward on the screen


def test_forecasts_are_drawn_in_order_and_not_where_the_twin_abstains():
    board, one = panel("testosterone", "treated")
    kinds = [
        shape.kind
        for shape in draw_panel(one, board, NARROW).shapes
        if "present" in shape.kind or "other" in shape.kind
    ]
    assert kinds == [
        "band-90 present",
        "band-50 present",
        "median present",
        "band-90 other",
        "band-50 other",
        "median other",
    ]
    assert all(not one.forecasts for one in man_views()["alarm"].board.panels)
    assert board.last > one.forecasts[0].days[-1] and one.forecasts[0].days[0] == dt.date(2026, 3, 24)


def test_bands_hold_one_another_and_the_ratio_is_of_each_draw():
    _, one = panel("te2_ratio", "treated")
    band = one.forecasts[0]
    assert band.median[-1] == pytest.approx(20.0)  # 600 by 30 in every draw
    _, one = panel("testosterone", "treated")
    band = one.forecasts[0]
    assert band.median[3] == pytest.approx(600.0)
    assert band.low_90[3] < band.low_50[3] < band.median[3] < band.high_50[3] < band.high_90[3]


def test_levels_whose_course_is_not_validated_are_not_forecast():
    for name in ("sperm_concentration", "hematocrit"):
        assert panel(name, "treated")[1].forecasts == ()


def test_a_what_if_shows_both_courses_beside_his_results():
    board = man_views()["treated"].what_if.board
    assert [one.name for one in board.panels] == ["testosterone", "estradiol", "te2_ratio", "lh", "fsh"]
    assert all(len(one.forecasts) == 2 and one.points for one in board.panels)
    assert man_views()["alarm"].what_if.board is None  # the twin abstains
    assert 'id="if-panel-lh"' in pages()["what if"] and "hatch-if-lh-narrow" in pages()["what if"]


def test_everything_drawn_lies_inside_its_drawing():
    for name in ("before", "treated", "alarm", "few"):
        board = man_views()[name].board
        for size in (WIDE, NARROW):
            for one in board.panels:
                drawing = draw_panel(one, board, size)
                for shape in drawing.shapes:
                    if " a" not in shape.path:
                        x, y = numbers(shape.path)[::2], numbers(shape.path)[1::2]
                        assert min(x) >= 0.0 and max(x) <= size.width and min(y) >= -10.0 and max(y) <= size.height
                assert all(34.0 < tick.at < size.width - 34.0 for tick in drawing.days)
                assert 2 <= len(drawing.values) <= 6
                assert drawing.reference.y >= drawing.plot.y - 0.1


def test_the_ribbon_shows_what_was_given_and_since_when():
    board = man_views()["alarm"].board
    drawing = draw_ribbon(board, WIDE)
    assert [one.simulated for one in board.doses] == [False, True, True] == [one.simulated for one in drawing.bars]
    first, second = drawing.bars[1], drawing.bars[2]
    assert first.area.x + first.area.width == pytest.approx(second.area.x, abs=0.2)
    assert drawing.bars[2].area.x + drawing.bars[2].area.width == pytest.approx(drawing.now, abs=0.2)


@pytest.mark.parametrize("top", [0.4, 1.0, 9.9, 11.0, 45.0, 61.0, 100.0, 999.0, 1100.0, 2500.0])
def test_axes_have_round_values_from_nothing_on(top):
    values = round_values(top)
    assert values[0] == 0.0 and values[-1] <= top and 2 <= len(values) <= 6
    assert len({round(b - a, 9) for a, b in zip(values, values[1:], strict=False)}) == 1


def test_four_regimens_are_drawn_as_medians_that_a_reader_tells_apart():
    view = views()["what if of four"]
    assert len(view.courses) == 5 and {len(one.shares) for one in view.chances} == {5}
    panel, *_ = view.board.panels
    assert len(panel.forecasts) == 4  # of the fifth the twin abstains
    kinds = [one.kind for one in draw_panel(panel, view.board, WIDE).shapes]
    assert [one for one in kinds if one.startswith("band")] == ["band-90 present", "band-50 present"]
    assert len({one for one in kinds if one.startswith("median")}) == 4
    text = pages()["what if of four"]
    assert [len(places) for places, _ in view.answers] == [4, 1] and text.count('class="trust') == 2  # each reason once
    assert text.count("</svg>expected on anastrozole") == 3 and "only medians are drawn" in text
    assert text.count('scope="col">What if: letrozole 2.5 mg daily') == 2 and "Bands" not in text
    dashes = {one.partition("{")[0]: one.partition("stroke-dasharray:")[2] for one in SHEET if "svg .median." in one}
    assert len(set(dashes.values())) == len(dashes) == 5  # colour alone means nothing


def test_the_library_of_the_moving_board_is_that_of_its_maker():
    whole = {
        name: hashlib.sha256(asset(asset_address(name).rpartition("/")[2])[0]).hexdigest()
        for name in ("uplot.js", "uplot.css", "uplot.txt")
    }
    assert whole == {
        "uplot.js": "19c8d4c6ad88929a79f4ae49d6f7161566dfd0ba3d15cc495e974f787eb78f1f",
        "uplot.css": "df630c6a8d6f8eeaff264b50f73ce5b114f646ffd9a0bb74f049b0a00135fa04",
        "uplot.txt": "8f989229699b4fe2f1a0432d0e9edc338a8a911e250e2d1b01ecd770a5f5b1bd",
    }  # uPlot 1.6.32, as the package index gives it out
    script = asset(asset_address("uplot.js").rpartition("/")[2])[0].decode()
    assert "eval(" not in script and "new Function" not in script
