"""Who is on call: rotations, calendars of others, overrides, and the gaps between them."""
