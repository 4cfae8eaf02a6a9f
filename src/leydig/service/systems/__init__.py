"""The systems of a clinic beside this one: whose calls are taken, and from which a man's results are fetched."""
