"""An address that the operator writes: where an API is, or where its tokens come from."""

from profile_sync.core.templates import UrlTemplate


def address(text: str) -> str:
    """Without the slash at its end. Raises ValueError, which says what to mend and does not repeat it."""
    if not {"{", "}", "?"}.isdisjoint(text):
        raise ValueError("must be an address without placeholders and without a query")
    bare = text.rstrip("/")
    try:
        UrlTemplate.parse(f"{bare}/{{customer_id}}")
    except ValueError as error:
        raise ValueError(str(error).replace("/profiles/{customer_id}", "")) from error
    return bare
