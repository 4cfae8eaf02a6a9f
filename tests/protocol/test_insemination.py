"""Access to insemination: bands of a protocol that every clinic may set, each limit with a test that notices it."""

import pytest

import leydig as ly
from leydig.protocol.reader import load_protocol, read_protocol
from leydig.protocol.semen import ACCESS, insemination_access

OWN = """
extends = "anastrozole"
title = "Ours"
version = "1"
date = 2026-11-26
review = 2027-11-26

[insemination]
{lines}
"""


def own(tmp_path, lines):
    path = tmp_path / "ours.toml"
    path.write_text(OWN.format(lines=lines), encoding="utf-8")
    return load_protocol(path)


@pytest.mark.parametrize(
    ("motile", "access"),
    [
        (0.0, "injection"), (0.99, "injection"), (1.0, "fertilization in vitro"), (4.99, "fertilization in vitro"),
        (5.0, "discuss insemination"), (9.99, "discuss insemination"), (10.0, "insemination"), (300.0, "insemination"),
    ],
)  # fmt: skip
def test_the_shipped_bands(motile, access):
    bands = read_protocol("anastrozole").insemination
    assert ACCESS[insemination_access(bands, motile)] == access
    assert bands.certainty == "proposal"


def test_a_clinic_sets_its_own_band_and_keeps_the_others(tmp_path):
    bands = own(tmp_path, "discuss = 3.0").insemination
    assert (bands.insemination, bands.discuss, bands.fertilization) == (10.0, 3.0, 1.0)


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ("insemination = 4.0", "each above the one before"),
        ("fertilization = -1.0", "fertilization"),
        ("insemination = 1001.0", "1000"),
        ("intercourse = 3.0", "intercourse"),
    ],
)
def test_what_cannot_be_is_refused_by_line(tmp_path, lines, words):
    with pytest.raises(ly.BadProtocol, match=words):
        own(tmp_path, lines)
