"""What ingest keeps: events in Kafka; pieces of contacts, things to fetch and keys in PostgreSQL."""
