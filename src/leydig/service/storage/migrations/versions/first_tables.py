"""The first form: people, entries, what was said and decided, accounts, audit; what is written stays as it is."""

from leydig.extras import extra

with extra("web"):
    import sqlalchemy as sa
    from alembic import op

__all__: list[str] = []

revision = "0001"
down_revision = None
_APPEND_ONLY = ("person", "entry", "bundle", "bundle_commit", "assessment", "forecast", "decision", "audit")
_GENESIS = "0" * 64


def upgrade() -> None:
    """Make the tables and the triggers that refuse a change."""
    _create_people()
    _create_accounts()
    _create_audit()
    refuse = _refuse_on_sqlite if op.get_bind().dialect.name == "sqlite" else _refuse_on_postgresql
    refuse()


def _text(name: str, length: int, *more: sa.ForeignKey, **options: bool) -> sa.Column[str]:
    return sa.Column(name, sa.String(length), *more, **({"nullable": False} | options))  # type: ignore[arg-type]


def _row(*more: sa.Column[str]) -> list[sa.Column]:  # type: ignore[type-arg]
    body = sa.Column("body", sa.LargeBinary, nullable=False)
    return [_text("id", 26, primary_key=True), *more, _text("recorded_at", 32), _text("recorded_by", 26), body]


def _person() -> sa.Column[str]:
    return _text("person", 26, sa.ForeignKey("person.id"), index=True)


def _create_people() -> None:
    op.create_table("person", *_row())
    op.create_table(
        "person_key",
        _text("person", 26, sa.ForeignKey("person.id"), primary_key=True),
        sa.Column("key", sa.LargeBinary, nullable=False),
    )
    op.create_table("bundle", *_row(_person()))
    op.create_table(
        "bundle_commit",
        _text("bundle", 26, sa.ForeignKey("bundle.id"), primary_key=True),
        _person(),
        _text("recorded_at", 32),
        _text("recorded_by", 26),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "entry",
        *_row(_person()),
        sa.Column("supersedes", sa.String(26), sa.ForeignKey("entry.id"), unique=True),
        sa.Column("bundle", sa.String(26), sa.ForeignKey("bundle.id")),
    )
    for name in ("assessment", "forecast", "decision"):
        op.create_table(name, *_row(_person()))


def _create_accounts() -> None:
    op.create_table(
        "account",
        _text("id", 26, primary_key=True),
        _text("name", 64, unique=True),
        _text("role", 16),
        _text("password", 255),
        _text("recorded_at", 32),
    )
    op.create_table(
        "session",
        _text("token", 64, primary_key=True),
        _text("account", 26, sa.ForeignKey("account.id"), index=True),
        _text("csrf", 64),
        sa.Column("begun_at", sa.Float, nullable=False),
        sa.Column("seen_at", sa.Float, nullable=False),
        sa.Column("revoked", sa.Boolean, nullable=False),
    )
    op.create_table(
        "attempt",
        _text("id", 26, primary_key=True),
        _text("subject", 64, index=True),
        sa.Column("at", sa.Float, nullable=False),
    )
    op.create_table(
        "invitation",
        _text("token", 64, primary_key=True),
        _text("name", 64),
        _text("role", 16),
        sa.Column("until", sa.Float, nullable=False),
    )


def _create_audit() -> None:
    op.create_table(
        "audit",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        _text("at", 32),
        _text("account", 26),
        _text("action", 64),
        _text("target", 64, index=True),
        _text("outcome", 16),
        _text("previous", 64),
        _text("hash", 64),
    )
    chain = op.create_table(
        "chain",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("number", sa.Integer, nullable=False),
        _text("hash", 64),
    )
    op.execute(sa.insert(chain).values(id=1, number=0, hash=_GENESIS))


def _refuse_on_sqlite() -> None:
    for table in _APPEND_ONLY:
        for deed in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_refuses_{deed.lower()} BEFORE {deed} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )


def _refuse_on_postgresql() -> None:
    op.execute(
        "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$"
    )
    for table in _APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER {table}_refuses_change BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
