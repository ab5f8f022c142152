"""Which addresses may be asked: http and https, in public networks or on hosts that the user names."""

import ipaddress
import socket
from collections.abc import Iterable

from aiohttp.abc import ResolveResult
from aiohttp.resolver import ThreadedResolver
from yarl import URL

from lib.fetch.limits import Refused

_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")  # how networks without IPv4 write the addresses of IPv4
_IPV4_BITS = 2**32 - 1
_LONGEST_SHOWN = 60

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def checked_url(address: str, *, allowed_hosts: Iterable[str]) -> URL:
    """Return an address that may be asked, without its fragment. Raises Refused with the reason.

    A name is checked only when it is resolved, by PublicResolver.
    """
    try:
        url = URL(address.strip()).with_fragment(None)
    except ValueError as error:
        raise Refused(f"not an address: {error}") from error
    if url.scheme not in ("http", "https") or not url.raw_host:
        shown = address.strip()[:_LONGEST_SHOWN]
        raise Refused(f"not an address that begins with http:// or https://: {shown!r}")
    host = url.raw_host
    is_number = ":" in host or host.replace(".", "").isdigit()
    if is_number and not is_allowed(host, allowed_hosts) and not is_public(host):
        raise not_public(host)
    return url


def host_of(address: str) -> str:
    """Return the host of an address, empty where it has none."""
    try:
        return URL(address.strip()).raw_host or ""
    except ValueError:
        return ""


def is_allowed(host: str, allowed_hosts: Iterable[str]) -> bool:
    """Return whether the user named this host."""
    return host.lower() in {allowed.strip("[]").lower() for allowed in allowed_hosts}


def is_public(text: str) -> bool:
    """Return whether an IP address, such as 192.0.2.1, belongs to a public network; another text does not."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    return all(each.is_global and not each.is_multicast for each in (address, *_embedded(address)))


def not_public(host: str) -> Refused:
    """Return the refusal of a host in a network that is not public."""
    return Refused(f"{host} is not in a public network; if you mean it, name it with --allow-host {host}")


def _embedded(address: Address) -> list[Address]:
    """Return the IPv4 addresses that an IPv6 address leads to."""
    if isinstance(address, ipaddress.IPv4Address):
        return []
    found = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
    if address in _NAT64:
        found.append(ipaddress.IPv4Address(int(address) & _IPV4_BITS))
    return [each for each in found if each is not None]


class PublicResolver(ThreadedResolver):
    """Finds the addresses of a name, and returns those of public networks only.

    aiohttp connects to what this returns and asks nobody else. So a name that changes its answer between the check and
    the connection gains nothing.
    """

    def __init__(self, allowed_hosts: Iterable[str]) -> None:
        """Use the resolver of this machine. allowed_hosts: names that may lead anywhere."""
        super().__init__()
        self._allowed_hosts = tuple(allowed_hosts)

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Return the public addresses of `host`. Raises Refused where it has only others."""
        found = await super().resolve(host, port, family)
        if is_allowed(host, self._allowed_hosts):
            return found
        public = [each for each in found if is_public(each["host"])]
        if not public:
            raise not_public(host)
        return public
