"""The tables, the same on SQLite and PostgreSQL; `migrations` makes them.

=============================  ===============================================================================
``person``, ``person_key``     a person, and the key under which everything of him is encrypted
``entry``                      one thing of a record; a correction supersedes another entry
``bundle``, ``bundle_commit``  a file as it came, and that its entries were taken
``assessment``, ``forecast``   what was said, with its inputs and versions
``decision``                   what a clinician decided on the ground of them
``account``, ``session``       who may sign in, and who is signed in
``second_factor``              the secret of an authenticator; ``recovery_code``: hashes of codes that are left
``attempt``, ``invitation``    refused sign-ins of the last minutes, and links by which a password is set
``token_use``, ``launch``      tokens of other systems that were used, and launches that are under way
``audit``, ``chain``           who did what, each row with the hash of the one before; the last hash of them
``answer``                     what was answered to a request with a key, for a day
``person_line``                what the list says of a person, under a mark of its day
``job``, ``job_file``          long work: what is asked, how far it is, and what came of it
=============================  ===============================================================================

Bodies are JSON under the key of their person; without the key nobody reads them again.
"""

from leydig.extras import extra

with extra("web"):
    import sqlalchemy as sa

__all__ = ["APPEND_ONLY", "SCHEMA"]

SCHEMA = sa.MetaData()
APPEND_ONLY = ("person", "entry", "bundle", "bundle_commit", "assessment", "forecast", "decision", "audit")


def _identity() -> sa.Column[str]:
    return sa.Column("id", sa.String(26), primary_key=True)


def _person() -> sa.Column[str]:
    return sa.Column("person", sa.String(26), sa.ForeignKey("person.id"), nullable=False, index=True)


def _origin_columns() -> tuple[sa.Column[str], sa.Column[str]]:
    by = sa.Column("recorded_by", sa.String(26), nullable=False)
    return sa.Column("recorded_at", sa.String(32), nullable=False), by


def _body() -> sa.Column[bytes]:
    return sa.Column("body", sa.LargeBinary, nullable=False)


sa.Table("person", SCHEMA, _identity(), *_origin_columns(), _body())
sa.Table(
    "person_key",
    SCHEMA,
    sa.Column("person", sa.String(26), sa.ForeignKey("person.id"), primary_key=True),
    sa.Column("key", sa.LargeBinary, nullable=False),
)
sa.Table("bundle", SCHEMA, _identity(), _person(), *_origin_columns(), _body())
sa.Table(
    "bundle_commit",
    SCHEMA,
    sa.Column("bundle", sa.String(26), sa.ForeignKey("bundle.id"), primary_key=True),
    _person(),
    *_origin_columns(),
    _body(),
)
sa.Table(
    "entry",
    SCHEMA,
    _identity(),
    _person(),
    *_origin_columns(),
    _body(),
    sa.Column("supersedes", sa.String(26), sa.ForeignKey("entry.id"), unique=True),
    sa.Column("bundle", sa.String(26), sa.ForeignKey("bundle.id")),
)
for _name in ("assessment", "forecast", "decision"):
    sa.Table(_name, SCHEMA, _identity(), _person(), *_origin_columns(), _body())
sa.Table(
    "person_line",
    SCHEMA,
    sa.Column("person", sa.String(26), sa.ForeignKey("person.id"), primary_key=True),
    sa.Column("mark", sa.String(40), nullable=False),
    _body(),
)
sa.Table(
    "account",
    SCHEMA,
    _identity(),
    sa.Column("name", sa.String(64), nullable=False, unique=True),
    sa.Column("role", sa.String(16), nullable=False),
    sa.Column("password", sa.String(255), nullable=False),
    sa.Column("recorded_at", sa.String(32), nullable=False),
)
sa.Table(
    "session",
    SCHEMA,
    sa.Column("token", sa.String(64), primary_key=True),
    sa.Column("account", sa.String(26), sa.ForeignKey("account.id"), nullable=False, index=True),
    sa.Column("csrf", sa.String(64), nullable=False),
    sa.Column("begun_at", sa.Float, nullable=False),
    sa.Column("seen_at", sa.Float, nullable=False),
    sa.Column("revoked", sa.Boolean, nullable=False),
    sa.Column("confirmed_at", sa.Float, nullable=False, server_default="0"),
    sa.Column("needs_code", sa.Boolean, nullable=False, server_default=sa.false()),
)
sa.Table(
    "second_factor",
    SCHEMA,
    sa.Column("account", sa.String(26), sa.ForeignKey("account.id"), primary_key=True),
    sa.Column("secret", sa.LargeBinary, nullable=False),
    sa.Column("is_confirmed", sa.Boolean, nullable=False),
    sa.Column("last_step", sa.Integer, nullable=False),
)
sa.Table(
    "recovery_code",
    SCHEMA,
    sa.Column("hash", sa.String(64), primary_key=True),
    sa.Column("account", sa.String(26), sa.ForeignKey("account.id"), nullable=False, index=True),
)
sa.Table(
    "attempt",
    SCHEMA,
    _identity(),
    sa.Column("subject", sa.String(64), nullable=False, index=True),
    sa.Column("at", sa.Float, nullable=False),
)
sa.Table(
    "invitation",
    SCHEMA,
    sa.Column("token", sa.String(64), primary_key=True),
    sa.Column("name", sa.String(64), nullable=False),
    sa.Column("role", sa.String(16), nullable=False),
    sa.Column("until", sa.Float, nullable=False),
)
sa.Table(
    "token_use",
    SCHEMA,
    sa.Column("token", sa.String(64), primary_key=True),
    sa.Column("until", sa.Float, nullable=False),
)
sa.Table(
    "launch",
    SCHEMA,
    sa.Column("token", sa.String(64), primary_key=True),
    sa.Column("state", sa.String(64), nullable=False),
    sa.Column("issuer", sa.String(500), nullable=False),
    sa.Column("verifier", sa.String(64), nullable=False),
    sa.Column("code", sa.String(2000), nullable=False),
    sa.Column("until", sa.Float, nullable=False),
)
sa.Table(
    "answer",
    SCHEMA,
    sa.Column("key", sa.String(64), primary_key=True),
    sa.Column("question", sa.String(64), nullable=False),
    sa.Column("person", sa.String(26), sa.ForeignKey("person.id"), index=True),
    sa.Column("until", sa.Float, nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
)
sa.Table(
    "audit",
    SCHEMA,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("at", sa.String(32), nullable=False),
    sa.Column("account", sa.String(26), nullable=False),
    sa.Column("action", sa.String(64), nullable=False),
    sa.Column("target", sa.String(64), nullable=False, index=True),
    sa.Column("outcome", sa.String(16), nullable=False),
    sa.Column("previous", sa.String(64), nullable=False),
    sa.Column("hash", sa.String(64), nullable=False),
)
sa.Table(
    "chain",
    SCHEMA,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("hash", sa.String(64), nullable=False),
)
sa.Table(
    "job",
    SCHEMA,
    _identity(),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("person", sa.String(26), sa.ForeignKey("person.id"), index=True),
    sa.Column("digest", sa.String(64), nullable=False, index=True),
    sa.Column("state", sa.String(16), nullable=False, index=True),
    sa.Column("asked_by", sa.String(26), nullable=False),
    sa.Column("asked_at", sa.String(32), nullable=False),
    sa.Column("ended_at", sa.String(32), nullable=False),
    sa.Column("worker", sa.String(64), nullable=False),
    sa.Column("lease", sa.Float, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("stage", sa.String(64), nullable=False),
    sa.Column("done", sa.Integer, nullable=False),
    sa.Column("total", sa.Integer, nullable=False),
    sa.Column("question", sa.LargeBinary, nullable=False),
    sa.Column("result", sa.LargeBinary),
)
sa.Table(
    "job_file",
    SCHEMA,
    sa.Column("job", sa.String(26), sa.ForeignKey("job.id"), primary_key=True),
    sa.Column("name", sa.String(64), primary_key=True),
    sa.Column("body", sa.LargeBinary, nullable=False),
)
