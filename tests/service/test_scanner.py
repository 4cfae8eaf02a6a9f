"""The clinic's scanner of malware looks through a file before anything reads it; what it did not see is not taken."""

import sys
from dataclasses import replace

import pytest
from browser import DAY, Browser

from leydig.errors import OutOfRange
from leydig.service.application import application, rooms_of
from leydig.service.systems.scanner import read_scanner

TABLE = f"name,value,unit,date\nlh,3.4,IU/L,{DAY}\n".encode()
LOOKS = "import sys; plain = sys.stdin.buffer.read(); sys.exit(1 if b'EICAR' in plain else {otherwise})"


def command(otherwise=0):
    return (sys.executable, "-c", LOOKS.format(otherwise=otherwise))


@pytest.fixture
def clinic(database, options):
    """Return somebody at a clinic with a scanner."""

    def open_clinic(scanner):
        rooms = rooms_of(database, replace(options, scanner=scanner))
        return Browser(application(rooms), rooms)

    return open_clinic


def send(browser, man, plain):
    return browser.post(f"/people/{man}/imports", files={"file": ("labs.csv", plain, "text/csv")})


def test_a_file_is_looked_through_before_it_is_read(clinic):
    browser = clinic(command())
    man = browser.add_man(results=())
    assert send(browser, man, TABLE).status_code == 201
    told = send(browser, man, TABLE + b"EICAR")
    assert (told.status_code, told.json()["type"], told.json()["pointer"]) == (422, "/problems/RefusedFile", "/file")


@pytest.mark.parametrize("scanner", [command(2), ("/no/such/command",)])
def test_a_file_that_was_not_looked_at_is_not_taken(clinic, scanner):
    browser = clinic(scanner)
    told = send(browser, browser.add_man(results=()), TABLE)
    assert (
        told.status_code == 503 and "nothing is stored" in told.json()["detail"] and told.headers["retry-after"] == "60"
    )


def test_a_command_is_one_of_this_machine():
    assert read_scanner("") == () and read_scanner("cat -n") == ("cat", "-n")
    for wrong in ("no-such-scanner -", "'"):
        with pytest.raises(OutOfRange, match="expected a command of this machine"):
            read_scanner(wrong)
