"""A form: a job that is cancelled has ended, so nothing says that it is to."""

from leydig.extras import extra

with extra("web"):
    from alembic import op

__all__: list[str] = []

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """End what was told to end, and drop the column."""
    op.execute("UPDATE job SET state = 'cancelled' WHERE stop AND state = 'running'")
    op.drop_column("job", "stop")
