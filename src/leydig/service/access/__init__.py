"""Who may do what: accounts, passwords, sessions, and one table of routes and roles."""
