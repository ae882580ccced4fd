"""The name servers of the internet: TXT records, by which a company shows that a domain is its own."""

from dns.exception import DNSException
from dns.resolver import NXDOMAIN, NoAnswer, Resolver

from saas.kit.errors import Unavailable
from saas.kit.settings import settings

_SECONDS = 5.0


def txt_records(name: str) -> list[str]:
    """The texts at this name; none where there is no such name. Unavailable where no name server answers."""
    try:
        found = _resolver().resolve(name, "TXT", search=False, lifetime=_SECONDS)
    except (NXDOMAIN, NoAnswer):
        return []
    except (DNSException, OSError) as error:
        raise Unavailable(f"No name server answers for {name}.", remedy="Try again in a few minutes.") from error
    return [b"".join(record.strings).decode("utf-8", "replace") for record in found]


def _resolver() -> Resolver:
    named = settings().nameservers.split()
    resolver = Resolver(configure=not named)
    if named:
        places = [each.rpartition(":") for each in named]
        resolver.nameservers = [place for place, _, _ in places]
        resolver.nameserver_ports = {place: int(port) for place, _, port in places}
    return resolver
