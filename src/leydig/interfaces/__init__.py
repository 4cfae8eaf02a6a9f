"""The ways in and out: command line, tables, plots. Heavy libraries are imported only when used."""
