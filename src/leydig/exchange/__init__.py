"""Files of the field: event tables, FHIR, SBML."""
