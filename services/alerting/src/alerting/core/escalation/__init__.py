"""Escalation: whom to tell, when to tell somebody else, and when to stop."""
