"""The subcommands, one file each. A file's ``register`` puts it on the command line."""
