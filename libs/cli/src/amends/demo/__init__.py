"""The demo: every part for real, a simulated contact centre in front, and a check that every promise was kept."""
