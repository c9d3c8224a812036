"""Looking after the on-call schedules: other people's calendars are fetched at intervals, and gaps are warned of."""
