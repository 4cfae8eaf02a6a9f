"""The database of the service: its tables, one way to write and to read with an audit row each, keys, backups.

Nothing that a person's record says is ever changed: what is corrected is superseded, and what is deleted loses its key.
"""
