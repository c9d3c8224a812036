"""What a command says when it cannot do what was asked."""


class CommandError(Exception):
    """Ends the command with exit code 1. ``str()`` says in a line what is wrong and what to do about it."""


class Interrupted(Exception):
    """Somebody asked us to end, by Ctrl-C or SIGTERM, before there was a result. ``code`` is the exit code."""

    def __init__(self, code: int) -> None:
        super().__init__("interrupted")
        self.code = code
