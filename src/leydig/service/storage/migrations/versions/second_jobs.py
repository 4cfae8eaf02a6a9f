"""The second form: long work as rows, taken by workers for as long as a lease lasts."""

from leydig.extras import extra

with extra("web"):
    import sqlalchemy as sa
    from alembic import op

__all__: list[str] = []

revision = "0002"
down_revision = "0001"
_TEXTS = {"asked_by": 26, "asked_at": 32, "ended_at": 32, "worker": 64, "stage": 64}
_NUMBERS = ("attempts", "done", "total")


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "job",
        sa.Column("id", sa.String(26), primary_key=True),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("person", sa.String(26), sa.ForeignKey("person.id"), index=True),
        sa.Column("digest", sa.String(64), nullable=False, index=True),
        sa.Column("state", sa.String(16), nullable=False, index=True),
        *(sa.Column(name, sa.String(length), nullable=False) for name, length in _TEXTS.items()),
        *(sa.Column(name, sa.Integer, nullable=False) for name in _NUMBERS),
        sa.Column("lease", sa.Float, nullable=False),
        sa.Column("stop", sa.Boolean, nullable=False),
        sa.Column("question", sa.LargeBinary, nullable=False),
        sa.Column("result", sa.LargeBinary),
    )
    op.create_table(
        "job_file",
        sa.Column("job", sa.String(26), sa.ForeignKey("job.id"), primary_key=True),
        sa.Column("name", sa.String(64), primary_key=True),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )
