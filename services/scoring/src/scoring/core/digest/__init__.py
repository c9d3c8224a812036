"""The digest other departments get: what it says, decided from numbers and remarks that are handed in."""
