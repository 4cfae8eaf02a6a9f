"""Somebody at a browser of the service, and the men whom he enters."""

from starlette.testclient import TestClient

from leydig.service.access.roles import AccountRole

PASSWORD = "correct horse battery"
DAY = "2026-03-02"
RESULTS = (("bmi", "28.7", "kg/m2"), ("testosterone", "271", "ng/dL"), ("estradiol", "32", "pg/mL"), ("lh", "3.4", "IU/L"),
           ("fsh", "4.8", "IU/L"), ("hematocrit", "45", "%"))  # fmt: skip


class Browser:
    """Somebody signed in, whose changes carry the token of the session."""

    def __init__(self, app, rooms, role=AccountRole.ADMIN, name="Dr Ito"):
        self.client, self.rooms = TestClient(app, base_url="http://testserver"), rooms
        token = rooms.accounts.invite(name, role)
        answer = self.client.post(f"/setup/{token}", json={"password": PASSWORD})
        self.account, self.csrf = answer.json()["id"], answer.json()["csrf"]

    def get(self, path, **more):
        return self.client.get(path, follow_redirects=False, **more)

    def post(self, path, json=None, headers=None, **more):
        more |= {} if json is None else {"json": json}
        headers = {"X-CSRF-Token": self.csrf} | (headers or {})
        return self.client.post(path, headers=headers, follow_redirects=False, **more)

    def delete(self, path, version=None):
        headers = {"X-CSRF-Token": self.csrf} | ({"If-Match": version} if version else {})
        return self.client.request("DELETE", path, headers=headers)

    def add_man(self, pseudonym="A-1", results=RESULTS):
        man = self.post("/people", {"pseudonym": pseudonym, "born": "1991-05-01"}).json()["id"]
        for name, value, unit in results:
            self.add(man, name=name, value=value, unit=unit, date=DAY)
        return man

    def add(self, man, version=None, **entry):
        headers = {"If-Match": version} if version else {}
        return self.post(f"/people/{man}/entries", {"kind": "result"} | entry, headers)

    def version(self, man):
        return self.get(f"/people/{man}/entries").headers["etag"]
