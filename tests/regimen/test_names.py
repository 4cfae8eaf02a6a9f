"""Brands and other generic names are read as the drug that they are, and no name means two drugs."""

import pytest

from leydig import Regimen
from leydig.drugs import DRUGS
from leydig.errors import UnknownName

pytestmark = pytest.mark.filterwarnings("ignore::leydig.errors.LeydigWarning")

BRANDS = [(brand, name) for name, drug in DRUGS.items() for brand in drug.brands]
SYNONYMS = [(synonym, name) for name, drug in DRUGS.items() for synonym in drug.synonyms]
WRITTEN = {
    "Arimidex": "anastrozole", "Clomid": "clomiphene", "Serophene": "clomiphene", "Nolvadex": "tamoxifen",
    "Femara": "letrozole", "Aromasin": "exemestane", "Pregnyl": "hcg", "Novarel": "hcg", "Ovidrel": "hcg",
    "Ovitrelle": "hcg", "Gonal-f": "follitropin", "gonal f": "follitropin", "GONAL-F": "follitropin",
    "Nebido": "testosterone_undecanoate", "Aveed": "testosterone_undecanoate", "AndroGel": "testosterone_gel",
    "Testim": "testosterone_gel", "Testogel": "testosterone_gel", "Delatestryl": "testosterone_enanthate",
    "Depo-Testosterone": "testosterone_cypionate", "depo testosterone": "testosterone_cypionate",
    "Cetrotide": "cetrorelix", "Nizoral": "ketoconazole", "Teslac": "testolactone", "Factrel": "gonadorelin",
    "Lutrepulse": "gonadorelin", "anastrozol": "anastrozole", "clomifene": "clomiphene",
    "clomiphene citrate": "clomiphene", "oestradiol patch": "estradiol_patch", "hCG": "hcg", "FSH": "follitropin",
    "human chorionic gonadotropin": "hcg",
}  # fmt: skip


def dose_of(name):
    """Return a dose that any drug of this name can be given."""
    drug = DRUGS[name]
    amount = drug.label.single_maximum or drug.label.daily_maximum
    return f"{amount:g} {drug.unit}/day continuous" if drug.infusible else f"{amount:g} {drug.unit} once"


def key(name):
    return name.lower().replace(" ", "_").replace("-", "_")


@pytest.mark.parametrize(("name", "drug"), WRITTEN.items())
def test_names_that_clinics_write(name, drug):
    assert Regimen(f"{name} {dose_of(drug)}").drugs == (drug,)


def test_no_name_means_two_drugs():
    names = [key(name) for name, _ in BRANDS + SYNONYMS]
    assert len(set(names)) == len(names)
    assert not set(names) & set(DRUGS)


def test_every_drug_that_is_sold_has_a_brand():
    """Its label says what it is sold for; one that is not sold says none."""
    assert [
        name for name, drug in DRUGS.items() if not drug.brands and not drug.label.indication.startswith("none")
    ] == []


@pytest.mark.parametrize(("brand", "name"), BRANDS)
def test_a_brand_is_its_generic_and_a_note_says_so(brand, name):
    regimen = Regimen(f"{brand} {dose_of(name)}")
    assert regimen == Regimen(f"{name.replace('_', ' ')} {dose_of(name)}")
    assert f"{brand} is {DRUGS[name].title}" in regimen.notes
    assert brand.lower() not in str(regimen).lower()
    assert Regimen(str(regimen)) == regimen


@pytest.mark.parametrize(("synonym", "name"), SYNONYMS)
def test_a_synonym_is_its_drug(synonym, name):
    regimen = Regimen(f"{synonym} {dose_of(name)} + {synonym.upper()} {dose_of(name)}")
    assert regimen.drugs == (name,)
    assert not any(" is " in note and "above" not in note for note in regimen.notes)


def test_the_note_of_a_brand_stays_with_what_is_made_of_the_regimen():
    brand, other = Regimen("Arimidex 1 mg daily for 4 weeks"), Regimen("Clomid 25 mg daily")
    for regimen in (brand + other, brand.then(other), (brand + other).delay(7.0)):
        assert {"Arimidex is anastrozole", "Clomid is clomiphene citrate"} <= set(regimen.notes)


def test_a_synonym_is_read_whole():
    assert str(Regimen("clomiphene citrate 25 mg daily + testosterone gel 50 mg daily")) == (
        "clomiphene 25 mg daily + testosterone gel 50 mg daily"
    )


@pytest.mark.parametrize(
    ("name", "near"),
    [("anastrazole", "anastrozole"), ("Arimidx", "Arimidex (anastrozole)"), ("testosterone", "testosterone_gel"),
     ("Pregnil", "Pregnyl (hcg)"), ("clomid", "clomiphene"), ("letrozle", "letrozole")],
)  # fmt: skip
def test_the_nearest_name_is_offered(name, near):
    if name == "clomid":  # read, in any case of letters
        assert Regimen("clomid 25 mg daily").drugs == (near,)
        return
    with pytest.raises(UnknownName, match="got drug .*; expected one of") as caught:
        Regimen(f"tamoxifen 20 mg daily + {name} 1 mg daily")
    assert near in str(caught.value).split("Did you mean")[1]


def test_a_plain_name_opens_no_other_file(monkeypatch):
    monkeypatch.setattr("leydig.regimen.names._names", None)
    assert str(Regimen("anastrozole 1 mg daily + testosterone gel 50 mg daily")).count("mg") == 2


@pytest.mark.parametrize("name", ["hMG", "cabergoline"])
def test_another_drug_is_not_offered_for_one_outside_the_catalogue(name):
    with pytest.raises(UnknownName, match="Choose one of these"):
        Regimen(f"{name} 75 mg daily")
