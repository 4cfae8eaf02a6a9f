"""An analyte is one file: elsewhere its name is drawn from the catalogue, except where a file is about that analyte."""

import ast
from pathlib import Path

import pytest

from leydig.analyte import PanelName
from leydig.analytes import ANALYTES, analyte_order, of_panel, of_state

SOURCES = Path(__file__).parents[1] / "src" / "leydig"
OWN = "analytes/"
EVERY = frozenset(ANALYTES)
SEMEN = frozenset({"sperm_concentration", "semen_volume", "motility", "progressive_motility", "normal_forms",
                   "total_sperm_count", "total_motile_count"})  # fmt: skip
AXIS = frozenset({"testosterone", "estradiol", "lh", "fsh", "shbg"})
RATIO = frozenset({"testosterone", "estradiol", "te2_ratio"})
FREE = frozenset({"testosterone", "free_testosterone", "bioavailable_testosterone", "shbg", "estradiol"})

ABOUT: dict[str, tuple[frozenset[str], str]] = {  # file or folder: which analytes it may name, and why
    "body/": (EVERY, "the equations: their states and their baseline are these"),
    "drugs/": (AXIS, "what an assay of this analyte makes of the drug"),
    "drug.py": (frozenset({"testosterone"}), "depots of testosterone, and their class of drug"),
    "engine/equations.py": (frozenset({"estradiol"}), "symptoms come of lacking estradiol"),
    "engine/system.py": (AXIS, "the states that decay fast are these"),
    "man/free_hormones.py": (FREE, "free testosterone from testosterone and SHBG"),
    "man/imputation.py": (EVERY, "what is expected of one level where another is known"),
    "man/man.py": (
        frozenset({"lh", "fsh", "sperm_concentration"}),
        "the pituitary's ceilings; no sperm for want of both",
    ),
    "man/sample.py": (SEMEN, "one ejaculate: its volume, its counted sperm and their motility"),
    "man/deviates.py": (EVERY, "published correlations between levels, and how each is spread"),
    "man/surgery/organs.py": (AXIS, "the states that can be held"),
    "man/surgery/surgery.py": (AXIS, "the arrows of the loop, and estradiol as its assay reads it"),
    "protocol/implied.py": (EVERY, "which levels a question of a rule is answered from"),
    "protocol/lint/lint.py": (RATIO, "a man on target in all three, for whom a protocol must not raise"),
    "protocol/lint/lint_safety.py": (EVERY, "the men whom no protocol may treat as it treats others"),
    "protocol/semen.py": (SEMEN, "the words of a semen analysis"),
    "protocol/lint/states.py": (RATIO, "the grid over testosterone, estradiol and their ratio"),
    "assessment/facts/derived.py": (FREE | RATIO, "free testosterone and T:E2 worked out of one draw"),
    "assessment/facts/facts.py": (EVERY, "the facts of rules about estradiol, bone, hematocrit and semen"),
    "assessment/refusal.py": (SEMEN | RATIO, "counts and ratios that contradict what they are worked out from"),
    "assessment/facts/value.py": (FREE, "free testosterone by the law of mass action"),
    "assessment/chances.py": (RATIO, "the ratio is worked out of two bands"),
    "pulses/": (AXIS, "the clock of minutes: pulses of LH, and FSH beside them"),
    "inference/decision/aims.py": (
        frozenset({"estradiol", "hematocrit"}),
        "the floor of the one and the limit of the other are harms",
    ),
    "inference/decision/optimize.py": (
        frozenset({"testosterone", "te2_ratio", "total_motile_count"}),
        "the levels that may be a goal",
    ),
    "inference/decision/titration_rule.py": (RATIO, "a step up is asked by these two"),
    "inference/decision/next_lab.py": (frozenset({"spine_bmd"}), "no tube of blood tells of it"),
    "inference/trust/coverage.py": (AXIS, "the levels whose intervals were judged, and who had gonadotropins measured"),
    "inference/results/assay.py": (RATIO, "what an assay of estradiol reads, and the ratio that is worked out of it"),
    "inference/results/history.py": (SEMEN | {"estradiol"}, "what a specific assay and an ejaculate are read for"),
    "inference/results/ejaculate.py": (SEMEN, "one ejaculate: its volume, its counted sperm and their motility"),
    "plots/pulses.py": (frozenset({"lh", "fsh", "testosterone"}), "pulses of LH and what they do"),
    "plots/population.py": (EVERY, "published distributions and slopes, and which group each was published of"),
    "plots/trial.py": (frozenset({"hematocrit"}), "its axis alone does not begin at 0"),
    "cli/commands/model.py": (frozenset({"lh", "fsh"}), "what the clock of minutes shows"),
    "cli/commands/couples.py": (frozenset({"total_motile_count"}), "couples conceive by motile sperm"),
    "cli/commands/units.py": (FREE, "the command that works out free testosterone"),
    "reports/pages/levels.py": (RATIO, "a ratio is not judged while its estradiol is too low"),
    "reports/credibility_tables.py": (SEMEN | {"testosterone"}, "by which published level a figure's baseline is told"),
    "service/invented.py": (EVERY, "results of invented men"),
    "service/start.py": (
        frozenset({"testosterone", "lh"}),
        "a man on whom everything is compiled before the first asks",
    ),
    "web/views/what_if.py": (AXIS | RATIO, "the hormones that a clinician compares two courses by"),
    "web/lab/page.py": (frozenset({"hematocrit", "spine_bmd"}), "beside semen, what is not validated"),
    "trial/conduct/arm.py": (
        frozenset({"hematocrit", "total_motile_count"}),
        "safety at every visit; conception by motile sperm",
    ),
    "trial/conduct/conception.py": (frozenset({"total_motile_count"}), "couples conceive by motile sperm"),
    "trial/analysis/events.py": (frozenset({"hematocrit", "estradiol"}), "adverse events by their limits"),
    "trial/conduct/laboratory.py": (SEMEN, "what is read of one ejaculate"),
    "trial/conduct/outcome.py": (SEMEN, "first and last sperm count of each man, and his motile sperm"),
    "simulation/attribute.py": (frozenset({"testosterone"}), "whose change is taken apart when none is named"),
    "verification/cases.py": (AXIS | {"inhibin_b"}, "men with too little, too much or a failing testis"),
    "verification/verify.py": (
        {"testosterone", "intratesticular_testosterone"},
        "the law that testosterone inside the testis is never below that of serum",
    ),
    "evidence/couples.py": (frozenset({"sperm_concentration"}), "sperm of the men of published couples"),
    "evidence/calibration/posterior.py": (EVERY, "which levels of a study a parameter answers for"),
    "evidence/reference/reference_ranges.py": (EVERY, "published ranges of these"),
    "evidence/replay.py": (frozenset({"lh", "fsh", "total_motile_count", "motility"}), "old assays; conception"),
    "evidence/study.py": (frozenset({"lh", "fsh", "estradiol"}), "assays that measured these otherwise"),
    "evidence/reading/scatter.py": (SEMEN | {"shbg"}, "what goes with the count, and what is read as closely as SHBG"),
    "evidence/study_file.py": (SEMEN | RATIO, "what may enroll though it is worked out"),
    "evidence/virtual_arm.py": (SEMEN | RATIO | FREE, "published ratios and counts, and the baseline they set"),
}


def named(source: str) -> set[str]:
    """Return the analytes that a source names in a literal, an attribute or a keyword."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            found.add(node.value)
        elif isinstance(node, ast.Attribute):
            found.add(node.attr)
        elif isinstance(node, ast.keyword) and node.arg:
            found.add(node.arg)
    return found & EVERY


def allowed(name: str) -> frozenset[str]:
    """Return what a file of this path may name."""
    return next((analytes for about, (analytes, _) in ABOUT.items() if name.startswith(about)), frozenset())


def sources() -> list[str]:
    return [path.relative_to(SOURCES).as_posix() for path in sorted(SOURCES.rglob("*.py"))]


@pytest.mark.parametrize("name", [name for name in sources() if not name.startswith(OWN)])
def test_a_file_names_only_the_analytes_that_it_is_about(name):
    strangers = named((SOURCES / name).read_text(encoding="utf-8")) - allowed(name)
    assert not strangers, "draw them from the catalogue: a panel, a specimen or an attribute of the entry"


def test_every_exception_is_one():
    """What is allowed is used: a file that names no analyte any more leaves the list."""
    for about, (_, why) in ABOUT.items():
        files = [SOURCES / name for name in sources() if name.startswith(about)]
        assert files, about
        assert any(named(file.read_text(encoding="utf-8")) for file in files), about
        assert why


@pytest.mark.parametrize(
    "planted",
    [
        'SHOWN = ("testosterone", "lh")\n',
        "def read(state):\n    return state.estradiol\n",
        "row = dict(hematocrit=0.4)\n",
    ],
)
def test_a_planted_name_is_seen(planted):
    assert named(planted) - allowed("course/figures/panels.py")
    assert not named('"""Of testosterone and lh."""\n') - allowed("course/figures/panels.py")


def test_panels_keep_their_order():
    """A column that moves is seen here; a new analyte takes a place of its own."""
    eight = ("testosterone", "estradiol", "te2_ratio", "lh", "fsh", "sperm_concentration", "total_motile_count",
             "hematocrit")  # fmt: skip
    card = tuple(name for name in eight if name != "total_motile_count")
    assert of_panel("course") == eight
    assert of_panel("card") == card
    assert of_panel("endpoints") == (*eight, "spine_bmd")
    assert of_panel("explanation") == (*card[:5], "intratesticular_testosterone", *card[5:], "spine_bmd")
    assert of_panel("trial") == tuple(name for name in card if name != "fsh")
    assert of_panel("ledger") == ("testosterone", "estradiol", "lh", "fsh", "sperm_concentration")
    assert of_panel("man") == of_panel("visit") == of_panel("score") == ("testosterone", "estradiol", "lh", "fsh")
    assert of_panel("screening") == ("testosterone", "sperm_concentration", "semen_volume")
    assert of_panel("men") == ("testosterone", "estradiol", "lh", "fsh", "shbg", "inhibin_b", "sperm_concentration",
                               "semen_volume", "motility")  # fmt: skip


def test_a_panel_gives_each_of_its_analytes_a_place_of_its_own():
    for panel in PanelName.__args__:
        places = [ANALYTES[name].panels[panel] for name in of_panel(panel)]
        assert places == sorted(set(places)), panel
    for name in analyte_order():
        assert set(ANALYTES[name].panels) <= set(PanelName.__args__), name


def test_a_state_is_one_analyte():
    states = [one.state for one in ANALYTES.values() if one.state]
    assert sorted(states) == sorted(set(states))
    assert of_state("bone") is ANALYTES["spine_bmd"]
    assert of_state("enzyme") is None
