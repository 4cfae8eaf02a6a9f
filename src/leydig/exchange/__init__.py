"""Files of the field: tables, SBML."""
