"""Tables and datasets of a course: every value, its unit, and who was not solved, in each of them."""

import json
import subprocess
import sys

import equinox as eqx
import numpy as np
import pytest

import leydig as ly
from leydig.course.figures.panels import caption
from leydig.course.tables.table import CourseFile, write_course

PLAN = "anastrozole 1 mg daily"


@pytest.fixture(scope="module")
def broken(shah_man):
    """Four men of whom the third cannot be solved."""
    men = [shah_man, ly.Man(age=30), shah_man, ly.Man(age=50)]
    men[2] = eqx.tree_at(lambda man: man.state.lh, shah_man, np.float64("nan"))
    return ly.simulate(men, PLAN, weeks=4)


@pytest.fixture(scope="module")
def alone(shah_man):
    return ly.simulate(shah_man, PLAN, weeks=4)


@pytest.fixture(scope="module")
def drawn():
    return ly.simulate(ly.population(3), PLAN, weeks=1, uncertainty=5)


def counted(found):
    """Assert that metadata as texts count and name the man who was not solved."""
    found = {key.decode() if isinstance(key, bytes) else key: value for key, value in found.items()}
    assert int(found["men"]) == 4 and int(found["failed_count"]) == 1
    failed = found["failed"] if isinstance(found["failed"], dict) else json.loads(found["failed"])
    assert list(failed) == ["2"] and "day 0" in failed["2"]


# Failures are counted everywhere ----------------------------------------------------------------------


def test_failures_are_counted_in_every_output(broken, tmp_path):
    from pyarrow import parquet

    counted(broken.table().attrs)
    counted(broken.to_pandas(long=True).attrs)
    counted(broken.to_pandas().attrs)
    counted(broken.to_xarray().attrs)
    counted(broken.to_arrow().schema.metadata)
    counted(broken.record())
    counted(parquet.read_schema(write_course(broken, tmp_path / "course.parquet")).metadata)
    assert "1 not solved" in repr(broken)
    assert "3 of 4 men solved, 1 not solved" in broken._repr_html_()
    assert "3 of 4 men solved, 1 not solved" in caption(broken)
    broken.plot(tmp_path / "course.html")
    assert "3 of 4 men solved, 1 not solved" in (tmp_path / "course.html").read_text(encoding="utf-8")
    assert "3 of 4 men solved, 1 not solved" in broken.plot().get_suptitle()


def test_a_streamed_file_counts_them_too(tmp_path):
    from pyarrow import parquet

    with CourseFile(tmp_path / "men.parquet", ("lh",), np.array([0.0, 7.0]), {"regimen": PLAN}) as file:
        file.write(0, {"lh": np.ones((3, 2))})
        file.write(3, {"lh": np.ones((1, 2))})
        file.close({2: "a level was lost by day 0"})
    counted(parquet.read_metadata(tmp_path / "men.parquet").metadata)


def test_who_failed_is_missing_and_counted_in_means(broken):
    table = broken.table(every="2 weeks")
    assert (table["solved"]["count"] == 3).all()
    values = broken["testosterone"].values[:, [0, 14, 28]]
    for word, value in {
        "mean": np.nanmean(values, 0),
        "median": np.nanmedian(values, 0),
        "p5": np.nanquantile(values, 0.05, 0),
        "p95": np.nanquantile(values, 0.95, 0),
    }.items():
        assert np.allclose(table["testosterone [ng/dL]"][word], value)
    long = broken.to_pandas(long=True)
    assert long.query("man == 2")["value"].isna().all()
    assert long.query("man != 2")["value"].notna().all()
    solved = broken.to_xarray()["solved"].values[0, 0]
    assert solved.tolist() == [True, True, False, True]


def test_when_nobody_is_solved_nothing_is_a_number(shah_man):
    lost = eqx.tree_at(lambda man: man.state.lh, shah_man, np.float64("nan"))
    course = ly.simulate([lost, lost], PLAN, weeks=4)
    table = course.table()
    assert (table["solved"]["count"] == 0).all()
    assert table["lh [IU/L]"].isna().all().all()
    assert "0 of 2 men solved" in caption(course)
    course.plot()


def test_under_draws_each_failure_is_a_man_and_a_draw():
    from leydig.course.failures import failure_record, failure_sentence

    assert failure_record({7: "lost"}, 3, 5)["failed"] == {"man 1, draw 2": "lost"}
    assert failure_sentence({7: "lost"}, 3, 5) == "14 of 15 men under a draw each solved, 1 not solved"
    assert failure_sentence({}, None, 5) == "5 of 5 draws solved"


# Long and wide ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("which", ["alone", "broken", "drawn"])
def test_the_long_table_holds_every_value_once(which, request):
    course = request.getfixturevalue(which)
    table = course.to_pandas(long=True)
    assert list(table.columns) == ["man", "draw", "day", "name", "value", "unit"]
    men, draws = course.man.count or 1, course.draws or 1
    names = [*course, *course.drug_levels]
    assert len(table) == men * draws * len(course.days) * len(names)
    assert not table.duplicated(["man", "draw", "day", "name"]).any()
    last = table.query(f"man == {men - 1} and draw == {draws - 1} and name == 'lh'")
    assert np.array_equal(last["value"], course["lh"].values.reshape(men, draws, -1)[-1, -1])
    assert set(last["unit"]) == {"IU/L"}
    assert set(table.query("name == 'anastrozole'")["unit"]) == {"ng/mL"}


def test_the_wide_table_holds_the_same(drawn):
    wide, long = drawn.to_pandas(), drawn.to_pandas(long=True)
    pivoted = long.pivot_table(index=["man", "draw", "day"], columns="name", values="value", observed=True)
    assert np.array_equal(pivoted["estradiol"], wide.set_index(["man", "draw", "day"])["estradiol [pg/mL]"])
    assert {"anastrozole [nmol/L]", "estradiol [pmol/L]"} <= set(drawn.to_pandas(units="si").columns)


def test_polars_and_arrow_read_the_same_table(broken):
    import polars
    import pyarrow

    long = broken.to_pandas(long=True)
    for table in (broken.to_polars(), polars.DataFrame(broken), polars.from_arrow(pyarrow.table(broken))):
        assert table.columns == list(long.columns)
        assert table.height == len(long)
        assert table["value"].drop_nulls().drop_nans().sum() == pytest.approx(np.nansum(long["value"]))
    assert broken.to_polars(long=False).width == broken.to_pandas().shape[1]
    assert pyarrow.table(broken).equals(broken.to_arrow())


def test_a_file_holds_the_statistics_in_plain_columns(broken, tmp_path):
    import pandas

    text = pandas.read_csv(write_course(broken, tmp_path / "course.csv", every="2 weeks"))
    cells = pandas.read_parquet(write_course(broken, tmp_path / "course.parquet", every="2 weeks"))
    assert list(text.columns) == list(cells.columns)
    assert {"week", "solved count", "testosterone p5 [ng/dL]", "anastrozole median [ng/mL]"} <= set(text.columns)
    assert np.allclose(text, cells)


# The dataset ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("which", ["alone", "broken", "drawn"])
def test_a_dataset_has_four_dimensions_with_coordinates(which, request):
    course = request.getfixturevalue(which)
    dataset = course.to_xarray()
    assert dict(dataset.sizes) == {
        "chain": 1,
        "draw": course.draws or 1,
        "man": course.man.count or 1,
        "time": len(course.days),
    }
    assert set(dataset.data_vars) == {*course, *course.drug_levels}
    for name in dataset.data_vars:
        assert dataset[name].dims == ("chain", "draw", "man", "time")
        assert dataset[name].attrs["units"] == course.in_units(name).unit
    values = np.moveaxis(dataset["lh"].values[0], 0, 1)
    assert np.array_equal(values.reshape(course["lh"].values.shape), course["lh"].values, equal_nan=True)
    assert dataset["time"].attrs["units"] == "day"
    assert set(dataset["regimen"].values.tolist()) == {PLAN}
    assert dataset.attrs["version"] == ly.__version__
    assert json.loads(dataset.attrs["man_summary"])["baseline"]["testosterone"]["unit"] == "ng/dL"


def test_a_dataset_knows_its_draws_seed_and_changed_drugs(drawn, shah_man):
    from leydig.man.uncertainty import manifest
    from leydig.parameter import change

    dataset = drawn.to_xarray(about={"population_seed": "1"})
    assert str(manifest()["seed"]) in dataset.attrs["seed"]
    assert dataset.attrs["population_seed"] == "1"
    assert dataset["draw"].values.tolist() == drawn.origin.draws.tolist()
    weak = {"anastrozole": change(ly.drugs["anastrozole"], {"drugs.anastrozole.inhibition": 8.0}, "drugs.anastrozole")}
    course = ly.simulate(shah_man, PLAN, days=2, drugs=weak, tolerance=1e-6)
    attributes = course.to_xarray().attrs
    assert json.loads(attributes["changed_drugs"]) == {"drugs.anastrozole.inhibition": 8.0}
    assert float(attributes["tolerance"]) == 1e-6


def test_the_same_course_is_the_same_dataset_and_file(shah_man, alone, tmp_path):
    again = ly.simulate(shah_man, PLAN, weeks=4)
    assert alone.to_xarray().identical(again.to_xarray())
    assert alone.to_arrow().equals(again.to_arrow(), check_metadata=True)
    files = [write_course(course, tmp_path / f"{number}.parquet") for number, course in enumerate((alone, again))]
    assert files[0].read_bytes() == files[1].read_bytes()


def test_a_dataset_survives_a_file(drawn, tmp_path):
    import xarray

    drawn.to_xarray().to_netcdf(tmp_path / "course.nc")
    with xarray.open_dataset(tmp_path / "course.nc") as again:
        assert np.array_equal(again["lh"].values, drawn.to_xarray()["lh"].values)
        assert again.attrs["failed_count"] == "0"


def test_arviz_opens_a_dataset_as_it_is(drawn):
    import arviz_base

    tree = arviz_base.convert_to_datatree(drawn.to_xarray())
    posterior = tree["posterior"].dataset
    assert dict(posterior.sizes) == dict(drawn.to_xarray().sizes)
    stacked = arviz_base.extract(tree, var_names="testosterone")
    assert stacked.sizes["sample"] == 5
    assert np.array_equal(np.sort(stacked.values[1, -1]), np.sort(drawn["testosterone"].values[1, :, -1]))


LACKING = """
import sys
for name in ("polars", "pyarrow", "xarray"):
    sys.modules[name] = None
import leydig as ly
course = ly.simulate(ly.Man(age=30), "anastrozole 1 mg daily", weeks=1)
for call in (course.to_polars, course.to_arrow, course.to_xarray):
    try:
        call()
    except ly.LeydigError as error:
        print(type(error).__name__, error)
"""


def test_a_missing_library_is_one_line_with_the_command():
    done = subprocess.run([sys.executable, "-c", LACKING], capture_output=True, text=True)
    lines = done.stdout.splitlines()
    assert [line.split()[0] for line in lines] == ["MissingExtra"] * 3, done.stdout + done.stderr
    assert all('pip install "leydig[tables]"' in line for line in lines)
