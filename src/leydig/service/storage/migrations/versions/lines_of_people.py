"""A form: a line of each person for the list, which is worked out anew where it is old."""

from leydig.extras import extra

with extra("web"):
    import sqlalchemy as sa
    from alembic import op

__all__: list[str] = []

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "person_line",
        sa.Column("person", sa.String(26), sa.ForeignKey("person.id"), primary_key=True),
        sa.Column("mark", sa.String(40), nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )
