"""``python -m leydig.interfaces`` is the command line."""

from leydig.cli.main import main

main()
