"""Pages of the service: what a page says as values, and its HTML; it knows no HTTP and no database."""
