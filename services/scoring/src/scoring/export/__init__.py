"""The numbers as files, for other departments' own tools: CSV and Parquet."""
