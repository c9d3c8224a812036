"""What can go wrong with a part, in one line a person can act on."""


class PartMissing(Exception):
    """Something this machine must have first is not there: install it or point to one's own. `str()` is the line."""


class PartFailed(Exception):
    """A part is there but did not do what it should in time. `str()` is the line, then the end of its log if any."""
