"""A form: second factors with recovery codes, and when the holder of a session last wrote his password."""

from leydig.extras import extra

with extra("web"):
    import sqlalchemy as sa
    from alembic import op

__all__: list[str] = []

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add the tables of second factors, and two columns of sessions."""
    account = sa.ForeignKey("account.id")
    op.create_table(
        "second_factor",
        sa.Column("account", sa.String(26), account, primary_key=True),
        sa.Column("secret", sa.LargeBinary, nullable=False),
        sa.Column("is_confirmed", sa.Boolean, nullable=False),
        sa.Column("last_step", sa.Integer, nullable=False),
    )
    op.create_table(
        "recovery_code",
        sa.Column("hash", sa.String(64), primary_key=True),
        sa.Column("account", sa.String(26), sa.ForeignKey("account.id"), nullable=False, index=True),
    )
    op.add_column("session", sa.Column("confirmed_at", sa.Float, nullable=False, server_default="0"))
    op.add_column("session", sa.Column("needs_code", sa.Boolean, nullable=False, server_default=sa.false()))
