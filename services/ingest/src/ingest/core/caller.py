"""Who calls, as far as the network says: the address that limits are kept by."""

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

Address = IPv4Address | IPv6Address


def address(host: str | None) -> Address | None:
    """An IPv4 address that comes dressed as IPv6 (``::ffff:192.0.2.1``) is that IPv4 address."""
    try:
        found = ip_address(host or "")
    except ValueError:
        return None
    return (isinstance(found, IPv6Address) and found.ipv4_mapped) or found


def neighbourhood(host: str | None) -> str:
    """What one sender is held to be: an IPv4 address, or an IPv6 network of 64 bits, of which one sender has all."""
    found = address(host)
    if isinstance(found, IPv6Address):
        return str(IPv6Network((found, 64), strict=False).network_address)
    return str(found)
