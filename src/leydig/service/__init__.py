"""The service: pages and JSON over HTTP, people and their records in a database."""
