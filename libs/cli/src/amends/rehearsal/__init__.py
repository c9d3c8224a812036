"""A set as in production on one machine, by the commands of docs/operations.md, and a check that it holds."""
