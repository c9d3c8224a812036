"""What every service runs on: the consume loop and its ports, Kafka, PostgreSQL, HTTP conventions, signals."""
