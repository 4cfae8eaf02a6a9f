"""A clinic's record system that is invented: an authorization server of SMART App Launch 2, and its FHIR server."""

import base64
import hashlib
import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

DAY = "2026-03-02"
MAN = {"resourceType": "Patient", "id": "p1", "gender": "male", "birthDate": "1991-05-01"}


def observation(number, code, value, unit):
    return {"resourceType": "Observation", "id": f"o{number}", "status": "final", "subject": {"reference": "Patient/p1"},
            "code": {"coding": [{"system": "http://loinc.org", "code": code}]}, "effectiveDateTime": DAY,
            "valueQuantity": {"value": value, "unit": unit, "system": "http://unitsofmeasure.org", "code": unit}}  # fmt: skip


class Ehr(ThreadingHTTPServer):
    """What it was asked, and how it misbehaves."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Answer)
        self.base = f"http://127.0.0.1:{self.server_address[1]}/fhir"
        self.codes, self.asked, self.faults = {}, [], set()

    def authorize(self, address):
        """Answer as a clinician who signs in there and chooses a man: the query with which a browser comes back."""
        said = {key: value[0] for key, value in parse_qs(urlsplit(address).query).items()}
        assert said["response_type"] == "code" and said["code_challenge_method"] == "S256", said
        assert said["aud"] == self.base and "patient/Observation.rs" in said["scope"], said
        code = f"code-{len(self.codes)}"
        self.codes[code] = said
        return said, code


class _Answer(BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def answer(self, content, status=200, headers=()):
        plain = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.send_response(status)
        for key, value in (("Content-Type", "application/json"), ("Content-Length", str(len(plain))), *headers):
            self.send_header(key, value)
        self.end_headers()
        self.wfile.write(plain)

    def do_POST(self):  # noqa: N802 (the name that http.server asks for)
        form = {
            key: value[0]
            for key, value in parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode()).items()
        }
        said = self.server.codes.pop(form.get("code"), None)
        hashed = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(hashed).rstrip(b"=").decode()
        is_right = said is not None and challenge == said["code_challenge"] and form["client_id"] == "leydig"
        if not is_right or form["redirect_uri"] != said["redirect_uri"] or form["grant_type"] != "authorization_code":
            return self.answer({"error": "invalid_grant"}, 400)
        token = {"access_token": "SECRET-TOKEN", "token_type": "Bearer", "patient": "p1", "scope": said["scope"]}
        if "no patient" in self.server.faults:
            token.pop("patient")
        if "path" in self.server.faults:
            token["patient"] = "../admin"
        return self.answer(token)

    def do_GET(self):  # noqa: N802
        server, parts = self.server, urlsplit(self.path)
        server.asked.append(self.path)
        if parts.path.endswith("/.well-known/smart-configuration"):
            methods = ["plain"] if "no S256" in server.faults else ["S256"]
            root = server.base.removesuffix("/fhir")
            return self.answer({"authorization_endpoint": f"{root}/authorize", "token_endpoint": f"{root}/token",
                                "code_challenge_methods_supported": methods})  # fmt: skip
        if parts.path.endswith("/jwks.json"):
            return self.answer(server.keys)
        if self.headers.get("Authorization") != "Bearer SECRET-TOKEN":
            return self.answer({}, 401)
        if "redirect" in server.faults:
            return self.answer({}, 302, [("Location", "http://169.254.169.254/latest")])
        if "large" in server.faults:
            return self.answer(b" " * 5_600_000)
        if parts.path.endswith("/Patient/p1"):
            return self.answer(MAN)
        pages = [[observation(1, "2986-8", 271, "ng/dL")], [observation(2, "4544-3", 45, "%")]]
        page = int(parse_qs(parts.query).get("page", ["0"])[0])
        there = "https://evil.example/fhir" if "elsewhere" in server.faults else server.base
        link = [{"relation": "next", "url": f"{there}/Observation?patient=p1&page=1"}] if page == 0 else []
        found = pages[page] if parts.path.endswith("/Observation") else []
        return self.answer({"resourceType": "Bundle", "type": "searchset", "link": link if found else [],
                            "entry": [{"resource": one} for one in found]})  # fmt: skip


@contextmanager
def running_ehr():
    server = Ehr()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
