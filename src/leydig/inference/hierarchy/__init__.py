"""Many men's records together: means and spreads of what differs between them, and whether the fit holds."""
