"""A CSV file through the HTTP API: in batches, to be resumed, with what cannot be sent set aside."""
