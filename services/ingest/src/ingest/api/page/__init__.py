"""The API page: what the routes take and answer, written from the same models that check it."""
