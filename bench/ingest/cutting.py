"""A batch back into its events without parsing it: they are all equally long, and ``joined`` put them together."""


def cut(body: bytes, size: int) -> list[bytes]:
    """The events of a JSON array whose members have ``size`` bytes each.

    Raises:
        ValueError: the body is not of such a length.
    """
    step = size + 1
    if len(body) % step != 1:
        raise ValueError(f"{len(body)} bytes are no array of members of {size}")
    return [body[start : start + size] for start in range(1, len(body) - 1, step)]
