"""The commands: one file for each group of them, and the tables that they print."""
