"""Scoring's tables. All SQL of the service is here; every statement works on a whole batch.

Everything reads and writes inside the caller's transaction.
"""
