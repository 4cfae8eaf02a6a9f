"""The lab: the axis in a browser, for teaching, as one file that needs no network; no record can be opened in it."""
