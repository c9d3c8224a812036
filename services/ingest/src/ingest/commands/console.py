"""Results on standard output, what went wrong on standard error; nothing in either can steer the terminal."""

import json
import sys


def say(text: str = "") -> None:
    sys.stdout.write(f"{_printable(text)}\n")


def complain(text: str) -> None:
    sys.stderr.write(f"error: {_printable(text)}\n")


def _printable(text: str) -> str:
    return "".join(c if c.isprintable() or c == "\n" else json.dumps(c)[1:-1] for c in text)
