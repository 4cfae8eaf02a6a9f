"""Reading protocols: by name, by path, and again when a file has changed."""

from pathlib import Path

import pytest

from leydig.errors import BadProtocol
from leydig.protocol.protocol_file import TitrationTable
from leydig.protocol.reader import PROTOCOLS_FOLDER, read_protocol

SHIPPED = (PROTOCOLS_FOLDER / "anastrozole.toml").read_text(encoding="utf-8")


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "own.toml"
    path.write_text(SHIPPED, encoding="utf-8")
    return path


def test_a_path_is_a_protocol_as_its_text_is(file):
    assert read_protocol(file).name == read_protocol(str(file)).name == "own"
    assert read_protocol(file) is read_protocol(file)


def test_a_file_that_was_changed_is_read_again(file):
    title = read_protocol(file).title
    file.write_text(SHIPPED.replace(title, "Another title", 1), encoding="utf-8")
    assert read_protocol(file).title == "Another title"


def test_a_file_that_it_extends_is_read_again_too(file):
    above = file.with_name("above.toml")
    above.write_text('extends = "own"\n', encoding="utf-8")
    title = read_protocol(above).title
    file.write_text(SHIPPED.replace(title, "Another title", 1), encoding="utf-8")
    assert read_protocol(above).title == "Another title"


@pytest.mark.parametrize("name", [5, None, ["anastrozole"], b"anastrozole"])
def test_what_is_no_name_is_refused(name):
    with pytest.raises(BadProtocol, match=r"^got .* as a protocol; expected one of anastrozole, .*\.toml"):
        read_protocol(name)


def test_a_path_without_an_ending_is_a_name():
    assert read_protocol(Path("anastrozole")) is read_protocol("Anastrozole ")


def test_a_dose_may_change_by_results_of_two_weeks_to_three_months_where_a_file_does_not_say():
    table = TitrationTable()
    assert (table.valid_after, table.stale_after, table.minimum, table.on) == (14, 90, 14, [])  # days
