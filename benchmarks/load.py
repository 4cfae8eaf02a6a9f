"""``python -m benchmarks.load``: fifty users of the service for a minute, each with a browser of his own.

``leydig serve`` runs as a process of its own over an empty SQLite file, or as several over an empty database of
PostgreSQL (``--database ADDRESS --servers 2``); men are entered, the twins of some are worked out, and then every user
asks for one page after the other, as a clinic does, with a pause of two to six seconds, of one of the processes.
``--write`` puts the table into ``docs/service.md``.
"""

import argparse
import datetime as dt
import http.client
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, NamedTuple
from urllib.parse import quote

__all__ = ["Request", "measure_load", "section", "write"]

PAGE = Path(__file__).parents[1] / "docs" / "service.md"
HEADING = "## What fifty users cost"
USERS, SECONDS, MEN, PAUSE = 50, 60.0, 12, (2.0, 6.0)
PASSWORD = "a long sentence is good"
SHARES = {"list of men": 20, "one man": 45, "entries": 15, "plain words": 5, "a result, entered": 5, "what-if": 10}
GOALS = {"page, median": 0.150, "what-if, 95 %": 1.0}  # [s]
RESULTS = (("bmi", 27.0, "kg/m2"), ("testosterone", 270.0, "ng/dL"), ("estradiol", 32.0, "pg/mL"), ("lh", 3.4, "IU/L"),
           ("fsh", 4.8, "IU/L"), ("hematocrit", 45.0, "%"))  # fmt: skip
REGIMENS = ("anastrozole 0.5 mg twice weekly", "anastrozole 1 mg daily", "clomiphene 25 mg daily")


class Request(NamedTuple):
    """One request: what it asked for, how long it took [s], and with which status it was answered."""

    work: str
    seconds: float
    status: int


class _User:
    """One browser: its connection, its session and the token of its changes."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.cookie = self.csrf = ""

    def ask(
        self, method: str, path: str, content: object = None, accept: str = "application/json"
    ) -> tuple[int, bytes]:
        headers = {
            "Accept": accept,
            "Cookie": self.cookie,
            "X-CSRF-Token": self.csrf,
            "Content-Type": "application/json",
        }
        body = None if content is None else json.dumps(content)
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        plain, cookie = answer.read(), answer.headers.get("set-cookie")
        connection.close()  # while its user reads, the service closes it in any case
        self.cookie = cookie.partition(";")[0] if cookie else self.cookie
        return answer.status, plain

    def sign_in(self, path: str, content: dict[str, str]) -> None:
        status, plain = self.ask("POST", path, content)
        assert status == 200, plain
        self.csrf = json.loads(plain)["csrf"]


def _enter_men(user: _User) -> list[str]:
    chance, found = random.Random(1), []
    day = dt.date.today() - dt.timedelta(14)
    for number in range(MEN):
        made = json.loads(user.ask("POST", "/people", {"pseudonym": f"M-{number:02}", "born": "1991-05-01"})[1])
        found.append(made["id"])
        for name, value, unit in RESULTS:
            said = {"kind": "result", "name": name, "value": f"{value * chance.uniform(0.9, 1.1):.3g}", "unit": unit}
            status, plain = user.ask("POST", f"/people/{found[-1]}/entries", said | {"date": day.isoformat()})
            assert status == 201, plain
    return found


def _path(work: str, chance: random.Random, men: list[str]) -> str:
    him = chance.choice(men)
    regimen = quote(chance.choice(REGIMENS))
    return {
        "list of men": "/people",
        "one man": f"/people/{him}",
        "entries": f"/people/{him}/entries",
        "plain words": f"/people/{him}/patient",
        "a result, entered": f"/people/{men[-1]}/entries",
        "what-if": f"/people/{chance.choice(men[:3])}/what-if?regimen={regimen}",
    }[work]


def _entry(chance: random.Random) -> dict[str, str]:
    time_ = f"{chance.randrange(8, 12):02}:{chance.randrange(60):02}"
    said = {"kind": "result", "name": "lh", "unit": "IU/L", "date": "2024-01-02", "time": time_}
    return said | {"value": f"{chance.uniform(2, 6):.4f}"}


def _visit(user: _User, men: list[str], until: float, seed: int, found: list[Request]) -> None:
    chance = random.Random(seed)
    time.sleep(chance.uniform(0.0, PAUSE[1]))
    while time.perf_counter() < until:
        work = chance.choices([*SHARES], [*SHARES.values()])[0]
        path, is_entry = _path(work, chance, men), work == "a result, entered"
        entered = _entry(chance) if is_entry else None
        begun = time.perf_counter()
        status, _ = user.ask(
            "POST" if is_entry else "GET", path, entered, "application/json" if is_entry else "text/html"
        )
        found.append(Request(work, time.perf_counter() - begun, status))
        time.sleep(chance.uniform(*PAUSE))


@contextmanager
def _server(where: list[str]) -> Iterator[tuple[int, IO[str]]]:
    """Serve as a process of its own; give its port, and what it says further."""
    command = [sys.executable, "-m", "leydig", "serve", "--port", "0", *where]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=os.environ)
    assert server.stdout is not None
    try:
        yield int(server.stdout.readline().split()[2].rpartition(":")[2]), server.stdout
    finally:
        server.kill()
        server.wait()
        server.stdout.close()


def measure_load(users: int = USERS, seconds: float = SECONDS, address: str = "", servers: int = 1) -> list[Request]:
    """Return every request of some users within some seconds.

    Parameters
    ----------
    users : int, optional
    seconds : float, optional
        [s]
    address : str, optional
        Of an empty database of PostgreSQL; a SQLite file of its own when left out.
    servers : int, optional
        Processes that serve it.
    """
    found: list[Request] = []
    with tempfile.TemporaryDirectory() as folder, ExitStack() as running:
        where = ["--database", address] if address else ["--data", folder]
        port, words = running.enter_context(_server(where))
        secret = words.readline().rstrip().rpartition("/")[2]
        first = _User(port)
        first.sign_in(f"/setup/{secret}", {"account": "Dr Ito", "password": PASSWORD})
        ports = [port, *(running.enter_context(_server(where))[0] for _ in range(servers - 1))]
        men = _enter_men(first)
        for him in men[:3]:
            for regimen in REGIMENS:
                for first.port in ports:
                    assert first.ask("GET", f"/people/{him}/what-if?regimen={quote(regimen)}")[0] == 200
        many = [_User(ports[number % servers]) for number in range(users)]
        for user in many:
            user.sign_in("/sign-in", {"account": "Dr Ito", "password": PASSWORD})
        until = time.perf_counter() + seconds
        threads = [
            threading.Thread(target=_visit, args=(user, men, until, seed, found)) for seed, user in enumerate(many)
        ]
        for one in threads:
            one.start()
        for one in threads:
            one.join()
    return found


def _share(many: list[float], share: float) -> float:
    return sorted(many)[min(len(many) - 1, int(share * len(many)))]


def section(found: list[Request], about: str, of: str = "SQLite") -> str:
    """Return the table of a run over a database."""
    rows, errors = [], [one for one in found if one.status >= 400]
    for work in SHARES:
        many = [one.seconds for one in found if one.work == work]
        if many:
            middle, most = statistics.median(many), _share(many, 0.95)
            rows.append(f"| {work} | {len(many)} | {1000 * middle:.0f} | {1000 * most:.0f} | {1000 * max(many):.0f} |")
    pages = statistics.median(one.seconds for one in found if one.work != "what-if")
    asked = _share([one.seconds for one in found if one.work == "what-if"] or [0.0], 0.95)
    met = {"page, median": pages, "what-if, 95 %": asked}
    goals = "; ".join(
        f"{name} {1000 * met[name]:.0f} ms, goal {1000 * goal:.0f}: {'met' if met[name] <= goal else 'missed'}"
        for name, goal in GOALS.items()
    )
    return f"""{HEADING}

{USERS} users for {SECONDS:.0f} s over {of}, a request each {PAUSE[0]:.0f} to {PAUSE[1]:.0f} s, {MEN} men; written by
`python -m benchmarks.load --write`. {about}

| asked for | times | median [ms] | 95 % [ms] | longest [ms] |
|---|---|---|---|---|
{chr(10).join(rows)}

{len(found)} requests, {len(errors)} errors. {goals}.

A load average above the number of cores before the run says that the machine was busy with other work: the times then
hold for that.

"""


def write(text: str, page: Path = PAGE) -> None:
    """Put a section into the page, in the place of the one before or at the end."""
    old = page.read_text(encoding="utf-8")
    start = old.find(HEADING)
    end = old.find("\n## ", start + 1) + 1 if start >= 0 else len(old)
    end = end or len(old)
    start = start if start >= 0 else len(old)
    page.write_text(old[:start].rstrip("\n") + "\n\n" + text + old[end:], encoding="utf-8")


def main() -> None:
    """Measure, print the table, and write it where asked."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.load", description=__doc__)
    parser.add_argument("--write", action="store_true", help="write it into docs/service.md")
    parser.add_argument("--database", default="", help="an empty database of PostgreSQL; SQLite when left out")
    parser.add_argument("--servers", type=int, default=1, help="processes that serve it")
    asked = parser.parse_args()
    before = os.getloadavg()[0]
    found = measure_load(address=asked.database, servers=asked.servers)
    about = (
        f"Python {sys.version.split()[0]}, {os.cpu_count()} cores, users and service on the same ones; load average "
    )
    of = f"PostgreSQL, {asked.servers} processes" if asked.database else "SQLite"
    text = section(found, f"{about}{before:.1f} before and {os.getloadavg()[0]:.1f} after.", of)
    print(text)
    if asked.write:
        write(text.rstrip("\n") + "\n")


if __name__ == "__main__":
    main()
