"""FHIR R4: a record from a bundle, and a bundle from a record and its assessment.

`read` is the way in: `bundle` opens the file, `person` says who it is, `resources` reads what is recorded, `candidate`
settles what contradicts itself, `report` is what comes back. `write` is the way out.
"""
