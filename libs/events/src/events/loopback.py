"""This machine's own addresses: what goes there needs no encryption, and no proxy reaches it."""

from ipaddress import ip_address


def is_loopback(host: str) -> bool:
    """``host``: a name or an address, without brackets and port."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
