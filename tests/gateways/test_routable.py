"""Which addresses lie in the internet at large."""

import pytest

from saas.gateways.routable import is_routable


@pytest.mark.parametrize(
    ("kind", "address"),
    [
        ("loopback", "127.0.0.1"),
        ("loopback, any of it", "127.8.8.8"),
        ("loopback of v6", "::1"),
        ("this host", "0.0.0.0"),  # noqa: S104  # an address to be refused, nothing is bound
        ("this network", "0.1.2.3"),
        ("private", "10.0.0.1"),
        ("private", "172.16.0.1"),
        ("private", "192.168.1.1"),
        ("link-local and metadata", "169.254.169.254"),
        ("metadata at a public-looking address", "168.63.129.16"),
        ("shared by a carrier", "100.64.0.1"),
        ("metadata in the shared range", "100.100.100.200"),
        ("protocol assignments", "192.0.0.192"),
        ("documentation", "203.0.113.7"),
        ("benchmarks", "198.18.0.1"),
        ("relay of 6to4", "192.88.99.1"),
        ("multicast", "224.0.0.1"),
        ("multicast that is global", "233.252.0.1"),
        ("reserved", "240.0.0.1"),
        ("broadcast", "255.255.255.255"),
        ("unspecified of v6", "::"),
        ("v4-compatible", "::8.8.8.8"),
        ("v4-mapped loopback", "::ffff:127.0.0.1"),
        ("v4-mapped, public", "::ffff:8.8.8.8"),
        ("NAT64 of a private one", "64:ff9b::10.0.0.1"),
        ("NAT64", "64:ff9b::8.8.8.8"),
        ("NAT64 of a network's own", "64:ff9b:1::a00:1"),
        ("6to4 of a private one", "2002:a00:1::1"),
        ("6to4", "2002:808:808::1"),
        ("Teredo", "2001:0:4136:e378:8000:63bf:3fff:fdd2"),
        ("unique local", "fd00:ec2::254"),
        ("link-local of v6", "fe80::1"),
        ("link-local of v6 with its zone", "fe80::1%eth0"),
        ("site-local", "fec0::1"),
        ("documentation of v6", "2001:db8::1"),
        ("discard", "100::1"),
        ("multicast of v6", "ff02::1"),
        ("multicast of v6 that is global", "ff0e::1"),
        ("a number, which some take for an address", "2130706433"),
        ("no address", "localhost"),
    ],
)
def test_our_own_and_special_ones_are_not_routable(kind: str, address: str) -> None:
    assert kind
    assert not is_routable(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "1.1.1.1", "2606:4700:4700::1111", "2a00:1450:4001:81b::200e"])
def test_public_ones_are(address: str) -> None:
    assert is_routable(address)
