"""How a published value is read: what its spread between men is, and what a laboratory made of it."""
