"""What the service does with a person's file, without HTTP: records, assessments, forecasts, imports, decisions."""
