"""The server itself: TLS of today, patience that ends, messages whose end is said once, a log without what was asked."""

import ast
import datetime as dt
import logging
import socket
import ssl
import threading
import time
from pathlib import Path

import pytest
import uvicorn
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

import leydig.service
import leydig.web
from leydig.service import server
from leydig.service.http import limits
from leydig.service.server import server_settings
from leydig.service.systems import scanner


async def answer(scope, receive, send):
    while (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"ok"})


@pytest.fixture
def port(monkeypatch):
    """A server whose patience is short."""
    monkeypatch.setattr(server, "PATIENCE", 0.3)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        running = uvicorn.Server(server_settings(answer))
        thread = threading.Thread(target=running.run, kwargs={"sockets": [listener]})
        thread.start()
        while not running.started:
            time.sleep(0.01)
        yield listener.getsockname()[1]
        running.should_exit = True
        thread.join()


def said(port, *parts, wait=0.0):
    with socket.create_connection(("127.0.0.1", port), timeout=5.0) as connection:
        found = b""
        for part in parts:
            connection.sendall(part)
            time.sleep(wait)
        while more := connection.recv(4096):
            found += more
        return found


def test_a_head_that_does_not_come_ends_its_connection(port):
    """Before the first request and after one: who sends a letter now and then holds no connection for long."""
    begun = time.perf_counter()
    assert said(port, b"GET / HTTP/1.1\r\nHost:") == b""
    assert said(port, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"GET / HT", wait=0.05).count(b"200 OK") == 1
    assert time.perf_counter() - begun < 4.0 and server.PATIENCE == 0.3


def test_how_long_heads_and_bodies_are_waited_for():
    assert (server.PATIENCE, limits.PATIENCE) == (20.0, 60.0)


def test_where_a_message_ends_is_not_said_twice(port):
    """A length beside chunks, two lengths, or a length that is none: the second request inside one is never read."""
    hidden = b"0\r\n\r\nGET /hidden HTTP/1.1\r\nHost: x\r\n\r\n"
    for head in (b"Content-Length: 6\r\nContent-Length: 60", b"Content-Length: +6", b"Transfer-Encoding: xchunked",
                 b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity"):  # fmt: skip
        found = said(port, b"POST / HTTP/1.1\r\nHost: x\r\n" + head + b"\r\n\r\n" + hidden)
        assert b"200 OK" not in found, (head, found)
    both = b"POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n"
    assert said(port, both + b"0\r\n\r\n").count(b"200 OK") <= 1


def test_a_body_that_does_not_come_is_refused(app, browser, monkeypatch):
    monkeypatch.setattr(limits, "PATIENCE", 0.0)
    late = browser.post("/sign-in", content=iter([b"{"]), headers={"Content-Type": "application/json"})
    assert (late.status_code, late.json()["type"]) == (408, "/problems/TooSlow")


# TLS ------------------------------------------------------------------------------------------------


def test_tls_is_of_today(tmp_path):
    """1.2 or later, and suites that encrypt with authentication under keys that no later theft opens."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([])
    now = dt.datetime.now(dt.UTC)
    own = x509.CertificateBuilder(name, name, key.public_key(), 1, now, now + dt.timedelta(1)).sign(
        key, hashes.SHA256()
    )
    certificate, secret = tmp_path / "certificate.pem", tmp_path / "key.pem"
    certificate.write_bytes(own.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    settings = server_settings(answer, certificate, secret)
    settings.load()
    assert settings.ssl is not None and settings.ssl.minimum_version >= ssl.TLSVersion.TLSv1_2
    suites = settings.ssl.get_ciphers()
    assert suites and all(one["aead"] and one["strength_bits"] >= 128 for one in suites)
    assert all(one["protocol"] == "TLSv1.3" or one["name"].startswith("ECDHE") for one in suites)


# What is written of errors, and what is never called ------------------------------------------------


def test_an_error_in_the_log_says_where_and_not_what(capsys):
    """An error of the program may hold what it was about: its kind and its places are written, its words are not."""
    server_settings(answer)
    try:
        int("CANARY-1")
    except ValueError:
        logging.getLogger("uvicorn.error").exception("Exception in ASGI application")
    written = capsys.readouterr().err
    assert "CANARY" not in written.replace('int("CANARY-1")', "")
    assert "ValueError" in written and f"{Path(__file__).name}" in written and "Exception in ASGI" in written


SCANNER = ["scanner.py: subprocess"]  # the one command, named at the start by whoever runs the service
FORBIDDEN = {"eval", "exec", "system", "popen", "from_string", "md5", "sha1"}
MODULES = {
    "pickle",
    "shelve",
    "marshal",
    "subprocess",
    "random",
    "xml",
    "lxml",
    "yaml",
    "telnetlib",
    "ftplib",
    "smtplib",
    "ldap",
}


def test_nothing_dangerous_is_called():
    """No command, no text that is executed, no pickle, no XML, no weak hash, no random number that can be told ahead."""
    wrong = []
    for room in (leydig.service, leydig.web):
        for path in Path(room.__file__).parent.rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                names = [one.name for one in node.names] if isinstance(node, ast.Import) else []
                names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
                wrong += [f"{path.name}: {one}" for one in names if one.split(".")[0] in MODULES]
                if isinstance(node, ast.Call):
                    called = getattr(node.func, "attr", getattr(node.func, "id", ""))
                    wrong += [f"{path.name}: {called}"] * (called in FORBIDDEN)
    assert wrong == SCANNER


def test_the_one_command_is_called_in_words_without_a_shell_and_holds_nothing_that_came():
    tree = ast.parse(Path(scanner.__file__).read_text(encoding="utf-8"))
    (call,) = (one for one in ast.walk(tree) if isinstance(one, ast.Call) and ast.unparse(one.func) == "subprocess.run")
    assert [ast.unparse(one) for one in call.args] == ["command"]
    assert {one.arg for one in call.keywords} == {"input", "capture_output", "timeout", "check"}
