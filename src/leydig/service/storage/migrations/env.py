"""What Alembic runs: the forms on the connection that it was given."""

from leydig.extras import extra

with extra("web"):
    from alembic import context

context.configure(connection=context.config.attributes["connection"])
with context.begin_transaction():
    context.run_migrations()
