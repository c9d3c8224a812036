"""Reading a request's body, up to a limit."""

from starlette.exceptions import HTTPException
from starlette.requests import Request

LARGEST_BODY = 64 * 1024


async def read_body(request: Request) -> bytes:
    """The whole body. Raises HTTPException 413 as soon as it is larger than 64 KiB, whatever its headers say."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_BODY:
            raise HTTPException(413, "The body is too large")
    return bytes(body)
