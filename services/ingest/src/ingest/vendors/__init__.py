"""The adapters: one file per vendor, and the registry that lists them. Pure: no I/O, no clock."""
