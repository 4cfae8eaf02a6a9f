"""Names under which men, other countries and the street write medicines: a table by hand, apart from ``medicines.toml``."""

import pytest

from leydig.record.medicine import classes_of, drugs_in

CLASSES = {
    "androgens": (
        "Testogel 50 mg; Testim; Tostran 2 %; Tostrex; Virormone; Primoteston Depot; Delatestryl; Depo-Testosterone 200 mg; Nebido; "
        "testostérone; Testosterona; undecanoato de testosterona; тестостерон; Durateston; Test E 250; test cyp 200 weekly; TEST PROP; "
        "Winny 50mg; D-bol 30 mg; dbol; Danabol DS; Naposim; Retabolil 50 mg; NPP 100; Parabolan; Stromba; T-bol; RAD140; RAD-140 10 mg; "
        "LGD-4033; MK-2866; YK-11; nandrolona; trenbolona; estanozolol; oxandrolona; Cheque drops; pro-hormone; steroid cycle; roids; DHT"
    ),
    "estrogens": "Estradot; Evorel patch; Climara; östrogen; oestradiol valerate; Estrogel; estradiolo",
    "opioids": (
        "Oramorph; Valoron N; tilidina; morfina; Morphin; fentanilo; tramadol; Tramal; co-codamol; oxicodona; Palexia; Transtec patch; "
        "prednison; prednisolon; Prednisona; Decortin; Urbason; Fortecortin; dexametasona; hidrocortisona; Kenalog injection; metadona"
    ),
    "five_alpha_reductase_inhibitor": "finastéride; finasterida; Finasterid 1 mg; dutasterida; Finpecia",
    "gnrh_analogue": "Enantone; Trenantone; Prostap; Lucrin; leuprorelina; Leuprorelin; triptorelina; GnRH analogue; Gonapeptyl",
    "dopamine_agonist": "cabergolin; cabergolina; Bromocriptin; Cabaser; Pravidel",
    "warfarin": "Marcoumar; Falithrom; Jantoven; fenprocoumon; warfarina",
    "strong_cyp2d6_inhibitor": "paroxetin; paroxetina; fluoxetin; Zyban; Elontril",
    "toxic_exposure": "sulfasalazin; Salazopyrine; MTX; spironolacton; cyproteronacetat; ciproterona; cyclophosphamid; metotrexato",
}  # fmt: skip
DRUGS = {
    "Nebido 1000 mg every 12 weeks": "testosterone_undecanoate", "Depo-Testosterone": "testosterone_cypionate",
    "Delatestryl": "testosterone_enanthate", "AndroGel 1.62 %": "testosterone_gel", "Nolvadex as needed": "tamoxifen",
    "tamoxifeno": "tamoxifen", "Clomid, dose unknown": "clomiphene", "clomifeno": "clomiphene", "CLOMIFÈNE": "clomiphene",
    "hCG shots": "hcg", "Pregnyl 1500": "hcg", "Gonal-f": "follitropin", "letrozolo": "letrozole", "Femara": "letrozole",
    "enclomiphene from a web shop": "enclomiphene", "Estradot": "estradiol_patch", "Anastrozol": "anastrozole",
    "Arimidex, half": "anastrozole", "Aromasin": "exemestane",
}  # fmt: skip
ATC = {
    "G03BA03": "androgens", "A14AA08": "androgens", "G03CA03": "estrogens", "N02AB03": "opioids", "H02AB07": "opioids",
    "N07BC02": "opioids", "G04CB01": "five_alpha_reductase_inhibitor", "G04CB02": "five_alpha_reductase_inhibitor",
    "L02BB03": "toxic_exposure", "A07EC01": "toxic_exposure", "C03DA01": "toxic_exposure", "N04BC06": "dopamine_agonist",
    "G02CB03": "dopamine_agonist", "L02AE02": "gnrh_analogue", "L02BX02": "gnrh_analogue", "B01AA03": "warfarin",
    "N06AB05": "strong_cyp2d6_inhibitor",
}  # fmt: skip
NOTHING = (
    "vitamin D; zinc; metformin; levothyroxine 100 ug; tadalafil 5 mg; sertraline; metronidazole; metadoxine; opipramol; testing kit; "
    "hydrochlorothiazide; primrose oil; HGH 4 IU; MK-677; clenbuterol; tramazoline nasal; methylphenidate; tribulus; creatine; test"
)


@pytest.mark.parametrize(
    ("question", "text"), [(one, text) for one, many in CLASSES.items() for text in many.split("; ")]
)
def test_a_medicine_answers_its_question_however_it_is_written(question, text):
    assert question in classes_of(text)


@pytest.mark.parametrize(("text", "drug"), DRUGS.items())
def test_a_drug_of_the_catalogue_is_known_by_its_names(text, drug):
    assert drugs_in(text)[0] == (drug,)


@pytest.mark.parametrize(("code", "question"), ATC.items())
def test_a_code_of_atc_is_a_name_in_every_language(code, question):
    assert classes_of(code) == (question,) == classes_of(code.lower())


@pytest.mark.parametrize("code", ["A10BA02", "N05BA01", "C10AA05", "H03AA01", "G04BE08", "C09AA02"])
def test_a_code_of_another_class_answers_nothing(code):
    assert classes_of(code) == ()


@pytest.mark.parametrize("text", NOTHING.split("; "))
def test_what_is_no_such_medicine_answers_nothing(text):
    assert classes_of(text) == () == drugs_in(text)[0]


def test_two_drugs_are_two_and_the_rest_is_what_is_left():
    drugs, rest = drugs_in("Testosterone Undecanoate with stanozolol and Nolvadex")
    assert drugs == ("testosterone_undecanoate", "tamoxifen") and rest.split() == ["with", "stanozolol", "and"]
    assert drugs_in("enclomiphene")[0] == ("enclomiphene",)  # and no clomiphene


@pytest.mark.parametrize(
    ("text", "drugs"), [("Femaral", ("letrozole",)), ("Alorax", ()), ("Alora", ("estradiol_patch",)), ("hcgs", ())]
)
def test_a_name_of_six_letters_may_go_on_and_a_shorter_one_may_not(text, drugs):
    assert drugs_in(text)[0] == drugs
