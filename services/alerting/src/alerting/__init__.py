"""alerting: turns a bad answer into a recovery case, tells a person, and follows the case to its outcome."""
