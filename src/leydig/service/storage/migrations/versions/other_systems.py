"""A form: tokens of other systems that were used, and launches that are under way."""

from leydig.extras import extra

with extra("web"):
    import sqlalchemy as sa
    from alembic import op

__all__: list[str] = []

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add the two tables."""
    op.create_table(
        "token_use",
        sa.Column("token", sa.String(64), primary_key=True),
        sa.Column("until", sa.Float, nullable=False),
    )
    op.create_table(
        "launch",
        sa.Column("token", sa.String(64), primary_key=True),
        sa.Column("state", sa.String(64), nullable=False),
        sa.Column("issuer", sa.String(500), nullable=False),
        sa.Column("verifier", sa.String(64), nullable=False),
        sa.Column("code", sa.String(2000), nullable=False),
        sa.Column("until", sa.Float, nullable=False),
    )
