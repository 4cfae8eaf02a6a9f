"""``python -m leydig`` is the command line."""

from leydig.cli.main import main

main()
