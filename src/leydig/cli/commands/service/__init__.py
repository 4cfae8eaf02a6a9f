"""Commands of the service: serve it, look after its database and accounts, work out a decision again."""
