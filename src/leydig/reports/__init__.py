"""Pages: for the clinician, the man, and whoever asks what the numbers rest on."""
