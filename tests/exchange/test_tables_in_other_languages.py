"""Tables in German, French and Spanish: what reads in one way is taken, what may be two things waits or is refused."""

import time
from contextlib import suppress

import pytest

from leydig.errors import BadRecord
from leydig.exchange.laboratory_days import day_text, laboratory_words, plain_words
from leydig.exchange.laboratory_table import LONGEST, MOST, read_laboratory_table
from leydig.record.quantity import synonyms

GERMAN = """Untersuchung;Ergebnis;Einheit;Referenzbereich;Entnahmedatum;Uhrzeit
Testosteron, gesamt;2,71;µg/l;2,5 - 8,4;14. März 2026;08:05 Uhr
Östradiol i. S.;95,1;pmol/l;;14.03.2026;
LH (Luteinisierendes Hormon);3,4;mIE/ml;;14.03.26;
Follikelstimulierendes Hormon;4,8 +;IE/l;;14. Dez. 2025;
Hämatokrit;45;%;;14.03.2026;
SHBG;24;nmol/l;;14.03.2026;
"""
FRENCH = """Examen\tRésultat\tUnité\tDate de prélèvement
Testostérone totale\t9,4\tnmol/L\t1er mars 2026
Hormone lutéinisante\t3,4\tUI/L\t14/03/2026
Hématocrite\t45\t%\t14 août 2025
Œstradiol\t95\tpmol/L\t14/03/2026
Hormone folliculo-stimulante\t4,8\tmUI/mL\t14/03/2026
"""
SPANISH = """Prueba;Resultado;Unidades;Fecha
Testosterona total;271;ng/dL;14 de marzo de 2026
Hormona luteinizante;3,4;UI/L;14/03/2026
Concentración de espermatozoides;12,5;millones/mL;14-03-2026
Hematocrito;45;%;14/03/2026
"""


def results(text):
    return [(one.content["name"], one.content["value"], one.content["unit"], one.content["date"]) if not one.refusal
            else one.refusal for one in read_laboratory_table(text)]  # fmt: skip


def test_a_german_table():
    assert results(GERMAN)[:3] == [
        ("testosterone", "2.71", "µg/l", "2026-03-14"),
        ("estradiol", "95.1", "pmol/l", "2026-03-14"),
        ("lh", "3.4", "mIU/ml", "2026-03-14"),
    ]
    assert "Which unit" in results(GERMAN)[3]  # a sign that nobody knows beside a number is not thrown away
    assert results(GERMAN)[4:] == [("hematocrit", "45", "%", "2026-03-14"), ("shbg", "24", "nmol/l", "2026-03-14")]
    first, _, lh, *_ = read_laboratory_table(GERMAN)
    assert (first.content["time"], first.content["low"], first.content["high"]) == ("08:05", "2.5", "8.4")
    assert "14. März 2026 is 2026-03-14" in first.repairs and "mIE/ml is mIU/ml" in lh.repairs


def test_a_french_table():
    assert results(FRENCH) == [
        ("testosterone", "9.4", "nmol/L", "2026-03-01"),
        ("lh", "3.4", "IU/L", "2026-03-14"),
        ("hematocrit", "45", "%", "2025-08-14"),
        ("estradiol", "95", "pmol/L", "2026-03-14"),
        ("fsh", "4.8", "mIU/mL", "2026-03-14"),
    ]


def test_a_spanish_table():
    assert results(SPANISH) == [
        ("testosterone", "271", "ng/dL", "2026-03-14"),
        ("lh", "3.4", "IU/L", "2026-03-14"),
        ("sperm_concentration", "12.5", "million/mL", "2026-03-14"),
        ("hematocrit", "45", "%", "2026-03-14"),
    ]


def test_a_day_that_may_be_two_is_read_as_the_language_writes_and_waits():
    (row,) = read_laboratory_table("Prueba;Resultado;Unidades;Fecha\nLH;3,4;UI/L;02/03/2026")
    assert row.content["date"] == "2026-03-02" and "the day first" in row.doubts[0]
    (row,) = read_laboratory_table("Test;Result;Units;Date\nLH;3.4;IU/L;02/03/2026")
    assert row.content["date"] == "2026-02-03" and "the month first" in row.doubts[0]


@pytest.mark.parametrize(
    ("name", "value", "unit", "number"),
    [("Testosteron", "1.234", "pg/ml", "1234"), ("Prolaktin", "1.200", "ng/ml", ""), ("Prolaktin", "1,200", "ng/ml", "1.200"),
     ("Testosteron", "1 234,5", "pg/ml", ""), ("Testosteron", "1\u202f234,5", "pg/ml", "1234.5"), ("LH", "0.125", "IU/L", "0.125")],
)  # fmt: skip
def test_in_a_table_of_decimal_commas_a_point_groups_where_that_alone_is_possible(name, value, unit, number):
    text = f"Analyse;Wert;Einheit;Datum\nFSH;4,8;IE/l;14.03.2026\n{name};{value};{unit};14.03.2026"
    row = read_laboratory_table(text)[1]
    assert row.content.get("value", "") == number, row
    assert number or row.refusal


@pytest.mark.parametrize(
    ("text", "day"),
    [("14. Maerz 2026", "2026-03-14"), ("14 févr. 2026", "2026-02-14"), ("3 juin 2026", "2026-06-03"), ("3 juil. 2026", "2026-07-03"),
     ("29. Februar 2026", ""), ("29 de febrero de 2024", "2024-02-29"), ("14. Marzipan 2026", ""), ("14 ma 2026", ""),
     ("May 3rd, 2026", "2026-05-03"), ("31 septembre 2026", "")],
)  # fmt: skip
def test_a_day_in_words(text, day):
    found = day_text(text, month_first=True)
    assert (found[0] if found else "") == day


def test_no_word_means_two_things():
    heads = [word for heads in laboratory_words()["heads"].values() for words in heads.values() for word in words]
    roles = {}
    for heads_ in laboratory_words()["heads"].values():
        for role, words in heads_.items():
            for word in words:
                assert roles.setdefault(word, role) == role, word
    months = [word for words in laboratory_words()["months"] for word in words]
    assert len(months) == len(set(months))
    assert all(word == plain_words(word) for word in (*heads, *months, *synonyms()))


@pytest.mark.parametrize(("text", "words"), [
    ("MSH|^~\\&|LAB|X|EHR|Y|202603141200||ORU^R01|1|P|2.5\nOBX|1|NM|2986-8^Testosterone^LN||271|ng/dL", "HL7 version 2"),
    ("Analyse;Datum\nTestosteron;14.03.2026", "got no table of results"),
])  # fmt: skip
def test_what_is_no_table_says_what_to_do(text, words):
    with pytest.raises(BadRecord, match=words):
        read_laboratory_table(text)


def test_a_cell_without_end_says_so():
    (row,) = read_laboratory_table(f"name,value,unit,date\nlh,{'9' * (LONGEST + 1)},IU/L,2026-03-02")
    assert "got a cell of 4,001 characters" in row.refusal


@pytest.mark.parametrize("text", [
    "name;value;unit;date\n" + f"{'(' * 3900};3;IU/L;2026-03-14\n" * 300,
    "\n".join(f"glucose {number};90;mg/dL;2026-03-14" for number in range(MOST)),
    "name,value,unit,date\n" + "a" * 4_000_000,
    "name;value;unit;date;range\n" + f"lh;3;IU/L;2026-03-14;{'1' * 3990}\n" * 300,
], ids=["brackets", "no head and nothing known", "one line", "a long interval"])  # fmt: skip
def test_what_is_made_to_take_long_is_over_soon(text):
    """Each of these took a minute or more, or was an error of the program, before names, lines and samples had an end."""
    begun = time.process_time()
    with suppress(BadRecord):
        assert all(row.refusal or row.content for row in read_laboratory_table(text))
    assert time.process_time() - begun < 3.0
