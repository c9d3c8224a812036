"""What an operator types: ``python -m profile_sync preferences …``. One file a command."""
