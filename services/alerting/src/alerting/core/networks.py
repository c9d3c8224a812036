"""Where somebody comes from, said so that it names no person: the network instead of the address."""

from ipaddress import IPv6Address, ip_address, ip_network


def network_of(address: str) -> str | None:
    """``192.0.2.7`` is ``192.0.2.0/24``, an IPv6 address its /48. None where it is no address."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return None
    if isinstance(found, IPv6Address) and found.ipv4_mapped:
        found = found.ipv4_mapped
    return str(ip_network((found, 24 if found.version == 4 else 48), strict=False))
