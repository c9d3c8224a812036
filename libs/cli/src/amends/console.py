"""The two streams: results on standard output, what went wrong on standard error."""

from rich.console import Console
from rich.markup import escape

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)


def complain(message: str) -> None:
    """One error, as plain text: nothing in it is taken for markup."""
    err.print(f"[bold red]error:[/] {escape(message)}")
