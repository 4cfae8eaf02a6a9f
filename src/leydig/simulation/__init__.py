"""The simulation: from men and a regimen to a course, or to a file of courses."""
