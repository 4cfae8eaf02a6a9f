"""The routes: what each answers to a call. None of them knows HTTP beyond that."""
