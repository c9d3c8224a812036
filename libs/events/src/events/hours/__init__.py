"""Local time and business hours: pure, for every service that counts them."""
