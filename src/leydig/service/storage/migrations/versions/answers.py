"""A form: what was answered to requests that carry a key, for a day."""

from leydig.extras import extra

with extra("web"):
    import sqlalchemy as sa
    from alembic import op

__all__: list[str] = []

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "answer",
        sa.Column("key", sa.String(64), primary_key=True),
        sa.Column("question", sa.String(64), nullable=False),
        sa.Column("person", sa.String(26), sa.ForeignKey("person.id"), index=True),
        sa.Column("until", sa.Float, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )
