"""Whether an address lies in the internet at large, or somewhere that only our own network can reach."""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

# Addresses that carry or stand for another one, which would be reached without having been looked at.
_CARRIERS = tuple(
    IPv6Network(each)
    for each in (
        "::/96",  # v4-compatible
        "::ffff:0:0/96",  # v4-mapped
        "64:ff9b::/96",  # NAT64
        "64:ff9b:1::/48",  # NAT64 of a network's own
        "2001::/32",  # Teredo
        "2002::/16",  # 6to4
    )
)
_UNICAST = IPv6Network("2000::/3")
# What the library takes for global, and is not what a tenant may name.
_OURS = (
    IPv4Network("192.0.0.0/24"),  # protocol assignments, among them metadata of a cloud
    IPv4Network("192.88.99.0/24"),  # relays of 6to4
    IPv4Network("168.63.129.16/32"),  # the metadata of a large cloud, at an address that looks public
)


def is_routable(address: str) -> bool:
    """Whether this address, written as numbers, may be connected to on behalf of a stranger.

    Loopback, private, link-local and shared ranges, multicast, the reserved ones, metadata of clouds, and every form of
    IPv6 that carries an IPv4 address are not.
    """
    try:
        found: IPv4Address | IPv6Address = ip_address(address)
    except ValueError:
        return False
    if found.is_multicast or not found.is_global:
        return False
    if isinstance(found, IPv4Address):
        return not any(found in each for each in _OURS)
    return found.scope_id is None and found in _UNICAST and not any(found in each for each in _CARRIERS)
