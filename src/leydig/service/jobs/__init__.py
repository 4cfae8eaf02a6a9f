"""Long work: a queue of jobs in the database of the service, and the processes that work it off."""
