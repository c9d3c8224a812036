"""Lengths of time as people write them in files: ``90s``, ``15m``, ``2h``, ``1d``."""

import re
from datetime import timedelta
from typing import Annotated, Any

from pydantic import BeforeValidator

_SAID = re.compile(r"(\d{1,6})(s|m|h|d)", re.ASCII)
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def _length(said: Any) -> timedelta:
    if isinstance(said, timedelta):
        return said
    found = _SAID.fullmatch(said) if isinstance(said, str) else None
    if found is None:
        raise ValueError("must be a length of time such as 90s, 15m, 2h or 1d")
    return timedelta(**{_UNITS[found[2]]: int(found[1])})


Length = Annotated[timedelta, BeforeValidator(_length)]
