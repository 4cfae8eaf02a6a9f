"""An estradiol by mass spectrometry is read without the background of immunoassays, and told so from then on."""

import datetime as dt
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

import leydig as ly
from leydig.analytes import ANALYTES
from leydig.assessment.chances import ChanceOf, chances
from leydig.errors import UnknownName
from leydig.inference.decision.surprise import attribute_surprise
from leydig.inference.forward import levels_of_results
from leydig.inference.hierarchy.fit_population import PopulationFit
from leydig.inference.hierarchy.predictive_check import predictive_check
from leydig.inference.prior import Prior
from leydig.inference.results.assay import EstradiolAssay, level_by
from leydig.inference.results.history import history_of
from leydig.inference.results.laboratory import AnalyteBlock, LaboratoryBias
from leydig.protocol.reader import read_protocol
from leydig.record import Record, Result, Treatment
from leydig.regimen import Regimen

IMMUNOASSAY, MASS = EstradiolAssay.IMMUNOASSAY, EstradiolAssay.MASS_SPECTROMETRY
DAY, SOON, LATER = dt.date(2026, 1, 5), dt.date(2026, 1, 19), dt.date(2026, 3, 2)
BMI = 27.0
PG = ANALYTES["estradiol"].factor_to("pg/mL")
EACH = {MASS: "LC-MS/MS", IMMUNOASSAY: "ECLIA"}


def record(*results, **more):
    return Record("male", dt.date(1991, 5, 1), (Result("bmi", BMI, DAY, "kg/m2"), *results), **more)


def estradiol(value, by, day=DAY, **more):
    return Result("estradiol", value, day, "pg/mL", assay=EACH[by], **more)


@pytest.fixture(scope="module")
def prior():
    history = history_of(record(estradiol(30.0, IMMUNOASSAY)))
    return Prior.for_drugs("secondary", history.age, history.bmi, ())


@pytest.fixture(scope="module")
def truth(prior):
    """A man whose estradiol is higher than usual, and what each assay would read of him, were there no noise [pg/mL]."""
    place = np.zeros((1, len(prior.names)))
    place[0, prior.names.index("estradiol")] = 0.7
    man = prior.men(place)
    both = history_of(record(
        estradiol(30.0, IMMUNOASSAY), estradiol(20.0, MASS), Result("testosterone", 300.0, DAY, "ng/dL"),
    )).measurements  # fmt: skip
    levels = levels_of_results(man, lambda _: Regimen(), both)[0]
    return {one.by if one.analyte == "estradiol" else "testosterone": level * one.entry.factor_to(one.result.unit)
            for one, level in zip(both, levels, strict=True)}  # fmt: skip


def mornings(truth, *assays, **more):
    """Return a record of a man who was read without error, one morning by each assay."""
    days = [DAY + dt.timedelta(7 * place) for place in range(len(assays))]
    hormones = [Result("testosterone", truth["testosterone"], day, "ng/dL") for day in days]
    return record(*hormones, *(estradiol(truth[by], by, day) for by, day in zip(assays, days, strict=True)), **more)


@pytest.fixture(scope="module")
def twins(truth):
    each = {"both": (IMMUNOASSAY, MASS, IMMUNOASSAY, MASS)} | {by: (by,) * 4 for by in EACH}
    return {name: ly.fit(mornings(truth, *assays), kind="secondary", draws=400) for name, assays in each.items()}


def untreated(twin):
    """Return what each assay reads of the draws before treatment [pg/mL]."""
    read, background = (np.asarray(one) * PG for one in (
        twin.man.baseline.estradiol, twin.man.body.blood.estradiol_background))  # fmt: skip
    return {IMMUNOASSAY: read, MASS: read - background}


# One level ---------------------------------------------------------------------------------------------


def test_mass_spectrometry_reads_what_is_there_and_an_immunoassay_what_the_model_says(prior):
    """At rest ``s = m - B m/(m + B)``: in every man, whatever his level, and with his own B."""
    men = prior.men(np.random.default_rng(3).standard_normal((300, len(prior.names)))).man
    read, most = np.asarray(men.baseline.estradiol)[:, None], np.asarray(men.body.blood.assay_background)[:, None]
    found = {"estradiol": read, "te2_ratio": 10.0 / read, "lh": read}
    there = level_by(MASS, "estradiol", found, men)
    np.testing.assert_allclose(there, np.maximum(read**2 / (read + most), ANALYTES["estradiol"].possible[0]), rtol=1e-9)
    np.testing.assert_allclose(level_by(MASS, "te2_ratio", found, men), 10.0 / there)
    assert np.ptp(most) > 0.0 and (there < read).all()
    np.testing.assert_array_equal(level_by(MASS, "lh", found, men), read)
    for name, level in found.items():
        np.testing.assert_array_equal(level_by(IMMUNOASSAY, name, found, men), level)


def test_next_to_nothing_is_positive_and_a_failed_solve_stays_one():
    men = SimpleNamespace(body=SimpleNamespace(blood=SimpleNamespace(estradiol_background=np.full(4, 35.0))))
    read = np.array([[35.0], [35.0 + 1e-9], [np.nan], [95.0]])
    found = level_by(MASS, "estradiol", {"estradiol": read}, men)[:, 0]
    least = ANALYTES["estradiol"].possible[0]
    np.testing.assert_array_equal(found, [least, least, np.nan, 60.0])
    ratio = level_by(MASS, "te2_ratio", {"estradiol": read, "te2_ratio": 600.0 / read}, men)[:, 0]
    np.testing.assert_allclose(ratio, 600.0 / found)


# One man -----------------------------------------------------------------------------------------------


def test_no_result_is_refused_for_its_assay():
    found = history_of(record(estradiol(20.0, MASS), estradiol(5.0, MASS, SOON, comparator="<")))
    assert found.unread == () and [one.by for one in found.measurements] == [MASS, MASS]


def test_a_man_measured_by_mass_spectrometry_is_found_near_the_truth(twins, truth):
    twin = twins[MASS]
    found = twin.forecast("", weeks=4, every="4 weeks")["estradiol"]
    low, high = found.interval(0.9)
    assert low[0] < truth[MASS] < high[0] < 2.0 * low[0]
    assert found.median()[0] == pytest.approx(truth[MASS], rel=0.12)
    assert not low[0] < truth[IMMUNOASSAY] * 1.1 < high[0]  # which a reading without the subtraction would hold
    assert np.median(untreated(twin)[IMMUNOASSAY]) == pytest.approx(truth[IMMUNOASSAY], rel=0.15)


def test_the_same_man_by_either_assay_or_by_both_is_the_same(twins, truth):
    for by in EACH:
        middle = [np.median(untreated(twin)[by]) for twin in twins.values()]
        assert max(middle) < 1.12 * min(middle)
    assert truth[IMMUNOASSAY] > 1.25 * truth[MASS]  # two readings taken for one would lie apart by this


def test_his_own_assay_is_known_best_and_both_tell_the_background(twins):
    """What one assay reads leaves the other's background open; both together tell it."""
    wide = {name: {by: np.log(level).std() for by, level in untreated(twin).items()} for name, twin in twins.items()}
    assert wide[MASS][MASS] < 1.1 * wide[IMMUNOASSAY][MASS]
    apart = {name: (levels[IMMUNOASSAY] / levels[MASS]).std()
             for name, levels in ((name, untreated(twin)) for name, twin in twins.items())}  # fmt: skip
    assert apart["both"] < 0.95 * max(apart[MASS], apart[IMMUNOASSAY])


# What is told ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("results", "told"), [
    ((), IMMUNOASSAY),
    ((estradiol(20.0, MASS), estradiol(30.0, IMMUNOASSAY, LATER)), IMMUNOASSAY),
    ((estradiol(30.0, IMMUNOASSAY), estradiol(20.0, MASS, LATER)), MASS),
    ((estradiol(20.0, MASS), estradiol(30.0, IMMUNOASSAY)), MASS),  # of one day, as rules count it
    ((estradiol(30.0, IMMUNOASSAY), estradiol(5.0, MASS, LATER, comparator="<")), MASS),
    ((estradiol(30.0, IMMUNOASSAY), Result("testosterone", 300.0, LATER, "ng/dL", assay="LC-MS/MS")), IMMUNOASSAY),
])  # fmt: skip
def test_estradiol_is_told_as_the_assay_of_the_last_results_reads_it(results, told):
    assert history_of(record(Result("lh", 3.4, DAY, "IU/L"), *results)).estradiol_assay == told


def test_forecasts_differ_by_the_background_alone(twins):
    """The last result of the man by both is one of mass spectrometry: draw by draw the background lies between."""
    twin, days = twins["both"], np.array([0.0, 28.0])
    told = twin.levels_ahead(Regimen("anastrozole 1 mg daily"), days, ("estradiol", "te2_ratio", "testosterone")).values
    ratio = (told["testosterone"] * ANALYTES["testosterone"].factor_to("ng/dL")) / (told["estradiol"] * PG)
    np.testing.assert_allclose(told["te2_ratio"], ratio, rtol=1e-6)
    columns = {one.by: place for place, one in enumerate(twin.history.measurements) if one.analyte == "estradiol"}
    apart = twin.levels[:, columns[IMMUNOASSAY]] - twin.levels[:, columns[MASS]]
    np.testing.assert_allclose(apart, np.asarray(twin.man.body.blood.estradiol_background), rtol=0.02)
    np.testing.assert_allclose(told["estradiol"][:, 0], twin.levels[:, columns[MASS]], rtol=0.02)
    assert np.median(told["estradiol"][:, 1] / told["estradiol"][:, 0]) < 0.7 and (told["estradiol"] > 0.0).all()


def test_a_floor_is_asked_of_what_his_assay_reads(twins, truth):
    """A floor between the two readings: he is below it by the assay that reads him, and above it by the other."""
    plan, floor = read_protocol("anastrozole"), float(np.sqrt(truth[MASS] * truth[IMMUNOASSAY]))
    targets = tuple(replace(one, band=replace(one.band, at_least=floor, unit="pg/mL")) if one.of == "estradiol" else one
                    for one in plan.targets)  # fmt: skip
    between, share = replace(plan, targets=targets), {}
    for by, twin in twins.items():
        told = chances(twin.forecast("", weeks=4, every="4 weeks"), between, (4.0,))
        (share[by],) = (one.share for one in told if one.of == ChanceOf.BELOW_FLOOR)
    assert share[MASS] > 0.8 and share["both"] > 0.8 and share[IMMUNOASSAY] < 0.2


def test_the_next_test_and_a_dose_are_judged_as_his_assay_reads(twins):
    options, names, days = ["", "anastrozole 1 mg daily"], ("estradiol", "te2_ratio"), np.array([7.0, 56.0])
    for twin in twins.values():
        together = twin.levels_of_options(list(map(Regimen, options)), days, names, 14.0)
        for plan, one in zip(map(Regimen, options), together, strict=True):
            alone = twin.levels_ahead(plan, days, names, wait=14.0).values
            for name in names:
                np.testing.assert_allclose(one.values[name], alone[name], rtol=1e-3)
    found = {by: twins[by].next_lab(options=options, tests=["estradiol"], days=[0.0], weeks=8) for by in EACH}
    doses = {by: ly.optimize(twins[by], options=options, weeks=8, draws=200) for by in EACH}
    assert [one.estradiol_assay for one in (*found.values(), *doses.values())] == [*EACH, *EACH]
    assert all(np.isfinite(one.loss) and len(one.values) == 1 for one in found.values())
    below = {by: {str(one.regimen): one.below_floor for one in doses[by].points} for by in EACH}
    for plan in map(str, map(Regimen, options)):  # of the same man mass spectrometry reads less
        assert below[MASS][plan] >= below[IMMUNOASSAY][plan]
    assert below[MASS] != below[IMMUNOASSAY]
    assert found[MASS].record()["estradiol_assay"] == doses[MASS].record()["estradiol_assay"] == "mass spectrometry"
    assert twins[MASS].record()["estradiol_assay"] == "mass spectrometry"


def test_a_bias_is_that_of_the_assay_that_is_told():
    def bias(*results, levels):
        block = AnalyteBlock.of("estradiol", history_of(record(*results)).measurements)
        return block.bias_of_last(np.log([np.array(levels) / PG]))

    by_both = [estradiol(20.0, MASS), estradiol(30.0, IMMUNOASSAY)]  # one tube: whichever stands last
    assert bias(*by_both, levels=[18.0, 40.0]) == bias(*by_both[::-1], levels=[40.0, 18.0])
    nothing = np.zeros(1), float(LaboratoryBias().spread) ** 2
    bound = estradiol(5.0, MASS, LATER, comparator="<")
    assert bias(by_both[1], bound, levels=[40.0, 3.0]) == nothing  # his later assay is not known to err like the other


def test_a_change_of_assay_is_no_surprise():
    """The same man, read by an immunoassay and then by mass spectrometry: less is expected of it."""
    before = [Result("testosterone", 300.0, day, "ng/dL") for day in (DAY, LATER)] + [estradiol(30.0, IMMUNOASSAY)]
    expected = {}
    for by in EACH:
        found = attribute_surprise(record(*before, estradiol(21.0, by, LATER)), kind="secondary", draws=200)
        one = next(one for one in found.results if one.name == "estradiol")
        assert one.title == f"estradiol by {by}" and one.low < 21.0 < one.high
        expected[by] = one.median
    assert expected[MASS] < 0.85 * expected[IMMUNOASSAY]


def test_a_check_of_a_population_never_mixes_the_two():
    """Men of the kind, read by an immunoassay and later by mass spectrometry."""
    histories = tuple(history_of(record(estradiol(30.0, IMMUNOASSAY), estradiol(20.0, MASS, LATER))) for _ in range(2))
    fit = PopulationFit("secondary", (), (), True, histories, {}, np.zeros((2, 0)), 1)
    with pytest.raises(UnknownName, match="immunoassay, mass spectrometry"):
        predictive_check(fit, "estradiol")
    found = {by: predictive_check(fit, "estradiol", assay=by, replicates=50) for by in EACH}
    assert [one.key for one in found.values()] == [f"estradiol by {by}" for by in EACH]
    assert {by: one.bins[0].results for by, one in found.items()} == dict.fromkeys(EACH, 2)
    middle = {by: np.mean((one.bins[0].low[1], one.bins[0].high[1])) for by, one in found.items()}
    assert middle[MASS] < 0.85 * middle[IMMUNOASSAY]


def test_a_treated_man_keeps_his_assay():
    treatments = (Treatment(Regimen("anastrozole 1 mg daily"), DAY),)
    twin = ly.fit(record(estradiol(20.0, MASS), estradiol(8.0, MASS, LATER), treatments=treatments),
                  kind="secondary", draws=200)  # fmt: skip
    ahead = twin.forecast("letrozole 2.5 mg daily", weeks=8, every="8 weeks")
    told = ahead.record()
    assert told["estradiol_assay"] == "mass spectrometry" and (ahead["estradiol"].levels > 0.0).all()
    assert not any("not read" in one.text for one in twin.trust.reasons)
