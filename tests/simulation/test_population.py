"""Populations: men by number, batches, files and clusters that change nothing."""

import json

import jax
import numpy as np
import pytest
from pyarrow import parquet

import leydig as ly
from leydig.errors import OutOfRange, UnknownName

TEXT = "anastrozole 1 mg daily"


def leaves(men):
    return [np.asarray(leaf) for leaf in jax.tree.leaves(men)]


@pytest.fixture(scope="module")
def men():
    return ly.population(300, seed=1)


# Who they are -----------------------------------------------------------------------------------------


def test_a_man_is_the_same_in_any_population(men):
    later = ly.population(5, seed=1, first=130)
    for whole, part in zip(leaves(men), leaves(later), strict=True):
        assert np.array_equal(whole[130:135], part)
    across = ly.population(4, seed=1, first=998)
    assert across.count == 4
    assert float(across.age[3]) == float(ly.population(1, seed=1, first=1001).age[0])


def test_another_seed_is_other_men(men):
    other = ly.population(300, seed=2)
    assert not np.intersect1d(other.baseline.lh, men.baseline.lh).size


def test_healthy_men_have_the_reference_range_of_testosterone():
    """Travison 2017: 264, 531 and 916 ng/dL at 2.5, 50 and 97.5 % in non-obese men of 19 to 39."""
    young = ly.population(5000, seed=4, age=(19.0, 39.0))
    found = np.percentile(young.baseline.testosterone, [2.5, 50.0, 97.5]) / 0.03467
    np.testing.assert_allclose(found, [264.0, 531.0, 916.0], rtol=0.12)


def test_men_differ_in_their_response_and_rest_at_their_baselines(men):
    assert np.std(men.body.testis.capacity_delay) > 10.0
    assert np.std(men.body.blood.reference_testosterone) == 0.0
    course = ly.simulate(men, "", weeks=26, every="26 weeks")
    for name, values in course.inside.items():
        np.testing.assert_allclose(values[:, 1], values[:, 0], rtol=1e-9, err_msg=name)


def test_testosterone_goes_with_shbg_and_inhibin_against_fsh(men):
    base = men.baseline
    assert 0.3 < np.corrcoef(np.log(base.testosterone), np.log(base.shbg))[0, 1] < 0.7
    assert np.corrcoef(np.log(base.fsh), np.log(base.lh))[0, 1] > 0.2


@pytest.mark.parametrize(
    "asked", [{"n": 0}, {"n": 2, "first": -1}, {"n": 2, "age": (40.0, 20.0)}, {"n": 2, "bmi": (5.0, 30.0)}]
)
def test_an_impossible_population_is_refused(asked):
    with pytest.raises(OutOfRange):
        ly.population(**asked)


# Batches ----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def course(men):
    return ly.simulate(men, TEXT, days=12)


@pytest.mark.parametrize("batch", [1, 64, 1000])
def test_batches_do_not_matter(men, course, batch):
    again = ly.simulate(men, TEXT, days=12, batch=batch)
    assert course["testosterone"].values.shape == (300, 13)
    for name, values in again.inside.items():
        assert np.array_equal(values, course.inside[name]), name


@pytest.mark.parametrize("kind", ["healthy", "secondary"])
@pytest.mark.parametrize("text", ["", TEXT, f"{TEXT} + clomiphene 25 mg daily"])
def test_a_man_has_the_same_bytes_with_any_neighbors(kind, text):
    men = ly.population(70, seed=2, kind=kind)
    whole = ly.simulate(men, text, days=3)
    for batch in (1, 3, 64):
        again = ly.simulate(men, text, days=3, batch=batch)
        for name, values in again.inside.items():
            assert np.array_equal(values, whole.inside[name]), (batch, name)
    order = np.random.default_rng(1).permutation(70)
    mixed = ly.simulate(jax.tree.map(lambda leaf: np.asarray(leaf)[order], men), text, days=3)
    for name, values in mixed.inside.items():
        assert np.array_equal(values, whole.inside[name][order]), name


def test_batches_of_nobody_are_refused(men):
    with pytest.raises(OutOfRange, match="batch 0"):
        ly.simulate(men, TEXT, days=2, batch=0)


# Files and clusters -----------------------------------------------------------------------------------


def drawn(first, n):
    return ly.population(n, seed=1, first=first)


@pytest.fixture(scope="module")
def cluster():
    distributed = pytest.importorskip("distributed")
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=False, protocol="tcp://", dashboard_address=None
        ) as local,  # what goes to a worker is packed all the same; the page of the engine begins two processes
        distributed.Client(local) as client,
    ):
        yield client


def test_a_stored_population_is_the_simulated_one(men, tmp_path):
    kept = ("testosterone", "lh")
    stored = ly.store(tmp_path / "men.parquet", drawn, TEXT, count=300, weeks=4, batch=128, analytes=kept)
    table = parquet.read_table(stored.path)
    assert stored.men == 300
    assert not stored.failed
    assert table.column_names == ["man", "day", *kept]
    assert table.schema.field("testosterone").metadata == {b"unit": b"ng/dL"}
    direct = ly.simulate(men, TEXT, weeks=4, every="1 week")["testosterone"].values
    assert np.array_equal(table["testosterone"].to_numpy().reshape(300, 5), direct)
    about = parquet.read_metadata(stored.path).metadata
    assert json.loads(about[b"failed"]) == {}
    assert about[b"regimen"].decode() == TEXT


def test_a_cluster_gives_the_same_bytes(men, course, cluster, tmp_path):
    spread = ly.simulate(men, TEXT, days=12, batch=70, client=cluster)
    for name, values in spread.inside.items():
        assert np.array_equal(values, course.inside[name]), name
    files = [tmp_path / "alone.parquet", tmp_path / "cluster.parquet"]
    for path, client in zip(files, (None, cluster), strict=True):
        ly.store(path, drawn, TEXT, count=150, weeks=2, batch=50, client=client)
    assert files[0].read_bytes() == files[1].read_bytes()


def test_what_cannot_be_stored_is_refused(men, tmp_path):
    for path, given, more in (
        ("men.csv", men, {}),
        ("men.parquet", drawn, {}),
        ("men.parquet", men, {"batch": 0}),
    ):
        with pytest.raises(OutOfRange):
            ly.store(tmp_path / path, given, TEXT, weeks=2, **more)
    with pytest.raises(UnknownName, match="testosteron"):
        ly.store(tmp_path / "men.parquet", men, TEXT, weeks=2, analytes=["testosteron"])
