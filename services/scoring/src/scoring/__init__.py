"""Scoring: turns interactions, answers and mentions into metrics people can trust."""
