"""Fetching what vendors only pointed at: claim a row, ask the vendor, publish what it says, mark the row."""
