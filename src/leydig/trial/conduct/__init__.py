"""The conduct of a trial: men are enrolled, go through their arms from visit to visit, and conceive or not."""
