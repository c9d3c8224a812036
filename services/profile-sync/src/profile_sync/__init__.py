"""Keeps what customers say they prefer, with its provenance, and makes the CRM agree."""
