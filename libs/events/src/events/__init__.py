"""The events of Amends: what is said on the wire, on which topic, and how bytes become values and back.

Pure: no clock, no I/O. What the services share to run is in ``events.runtime`` (extra ``amends-events[runtime]``).
"""
