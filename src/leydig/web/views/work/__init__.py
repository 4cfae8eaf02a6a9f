"""Views of what is about nobody and may take long: jobs, virtual trials, the evidence and its replays."""
