"""What profile-sync decides. Pure: no I/O, no clock, no chance; time and jitter are arguments."""
