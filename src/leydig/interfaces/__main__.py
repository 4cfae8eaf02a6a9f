"""``python -m leydig.interfaces`` is the command line."""

from leydig.interfaces.cli import main

main()
