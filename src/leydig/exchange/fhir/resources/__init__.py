"""What is read of each kind of FHIR resource: results, medicines and diagnoses, with their days, units and timing."""
