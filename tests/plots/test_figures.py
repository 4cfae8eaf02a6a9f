import numpy as np
import pytest

import leydig as ly
from leydig.analytes import of_panel
from leydig.course.figures.panels import interval_bars, panels
from leydig.course.tables.table import course_table


@pytest.fixture(scope="module")
def course():
    men = [ly.Man(age=30), ly.Man(age=40, testosterone="300 ng/dL")]
    return ly.simulate(men, "anastrozole 0.5 mg twice weekly + clomiphene 25 mg daily from week 1", weeks=4)


def test_figure_has_a_panel_per_analyte_with_units(course):
    figure = course.plot()
    panels_drawn = [axes for axes in figure.axes if axes.get_title(loc="left")]
    assert len(panels_drawn) == len(of_panel("course"))
    assert all(axes.get_ylabel() for axes in panels_drawn)


def test_dose_ribbon_shows_sparse_doses_as_moments_and_daily_ones_as_spans(course):
    sparse, daily = interval_bars(course)
    assert len(sparse.moments) == 8 and not sparse.spans
    assert daily.spans == [(1.0, 4.0)] and not len(daily.moments)


def test_bands_are_in_shown_units(course):
    shown = {panel.name: panel for panel in panels(course, "us")}
    assert shown["testosterone"].target == pytest.approx((500, 1000), rel=1e-3)
    assert shown["testosterone"].reference == pytest.approx((264, 916), rel=1e-3)


def test_table_of_many_men_is_their_mean(course):
    table = course_table(course, "2 weeks")
    values = course["testosterone"].values[:, [0, 14, 28]].mean(axis=0)
    assert np.allclose(table["testosterone [ng/dL]"]["mean"], values)
    assert table.attrs["failed_count"] == 0


def test_dataset_has_men_and_units(course):
    dataset = course.to_xarray("si")
    assert dataset["estradiol"].dims == ("chain", "draw", "man", "time")
    assert dataset["estradiol"].attrs["units"] == "pmol/L"


def test_other_endings_are_refused(course, tmp_path):
    with pytest.raises(ly.OutOfRange, match=r"\.pdf"):
        course.plot(tmp_path / "course.pdf")
