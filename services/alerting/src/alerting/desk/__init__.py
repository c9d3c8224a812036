"""The recovery desk: the page on which people see what waits, take it, and settle it."""
