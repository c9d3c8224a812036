"""A contact centre that does not exist: what it would report, when, and what must come of it. Pure and seeded."""
