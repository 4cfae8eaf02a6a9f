"""Forms of the tables, one file each; Alembic goes through them in order."""
