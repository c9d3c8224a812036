"""HTTP: reading requests within bounds, the routes, their page, and every error as a problem."""
