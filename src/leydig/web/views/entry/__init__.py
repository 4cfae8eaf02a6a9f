"""Views of what is entered: one thing at a time with the history, a whole visit, files, results of other systems."""
