"""Where we may go: the rule behind every way out (integrations/http.py).

Public https on port 443 or 8443 is open to everybody. What an operator has set (a base URL, or an entry of
OUTBOUND_ALLOW_HOSTS: host, host:port, address or CIDR) is open too, plain http and private addresses included.
"""

import socket
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import urlsplit

from integrations.errors import AddressRefused, PermanentError, Unreachable

Address = IPv4Address | IPv6Address
PORTS = {"https": 443, "http": 80}
OPEN_PORTS = {443, 8443}
# Through a NAT64 gateway every IPv4 address of the world has an address in here.
NAT64 = IPv6Network("64:ff9b::/96")
# 6to4 and Teredo carry an IPv4 address as well, but nobody needs them any more.
TUNNELS = (IPv6Network("2002::/16"), IPv6Network("2001::/32"))
MALFORMED = "That is no address we can go to. It must be https://, a host name, and maybe a path. Correct it."
CURE = "If an operator wants this, they add {entry} to OUTBOUND_ALLOW_HOSTS."


@dataclass(frozen=True)
class Target:
    """A place to go: a lower-case host without the final dot, and a port."""

    scheme: str
    host: str
    port: int

    @property
    def entry(self) -> str:
        """How an operator would write it in OUTBOUND_ALLOW_HOSTS."""
        return written(self.host, self.port)


class Guard:
    """Says which addresses a request may go to."""

    def __init__(self, allow_hosts: Iterable[str] = (), trusted_urls: Iterable[str] = ()) -> None:
        """allow_hosts is OUTBOUND_ALLOW_HOSTS; trusted_urls are base URLs that the operator has set.

        Raises PermanentError for an entry that is no host, host:port, address or CIDR.
        """
        self.names: set[tuple[str, int | None]] = set()
        self.networks = []
        for entry in filter(None, (entry.strip().lower() for entry in allow_hosts)):
            try:
                self.networks.append(ip_network(entry.strip("[]"), strict=False))
            except ValueError:
                self.names.add(name_and_port(entry))
        for url in filter(None, trusted_urls):
            parts = urlsplit(url.strip())
            if parts.hostname:
                self.names.add((plain(parts.hostname), parts.port or PORTS.get(parts.scheme)))

    def read(self, url: str) -> Target:
        """What a URL points to, without looking its host up; raises AddressRefused."""
        try:
            parts = urlsplit(url.strip())
            return self.target(parts.scheme, parts.hostname or "", parts.port, "@" in parts.netloc)
        except ValueError:
            raise AddressRefused(MALFORMED) from None

    def target(self, scheme: str, host: str, port: int | None, has_login: bool = False) -> Target:
        """What a URL points to; raises AddressRefused where its form alone is reason enough."""
        if scheme not in PORTS:
            raise AddressRefused(f'We only go to https:// addresses, not to "{scheme[:20]}:". Correct the address.')
        if not host:
            raise AddressRefused(MALFORMED)
        if has_login:
            raise AddressRefused(
                "The address has a login before its host name. Take it out: keys have their own field."
            )
        return Target(scheme, plain(host), port or PORTS[scheme])

    def resolve(self, target: Target) -> list[str]:
        """Look the host up once and return its checked addresses.

        Raises AddressRefused where any of them is not allowed, Unreachable where the host has none.
        """
        try:
            found = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            raise Unreachable(
                f"No address was found for {target.host}: the name is wrong or the name server does not answer. "
                "Nothing was sent. Check the name and the network of this machine."
            ) from None
        addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
        if not self._is_trusted(target):
            for address in map(ip_address, addresses):
                self._check(target, address)
        return addresses

    def _is_trusted(self, target: Target) -> bool:
        return (target.host, None) in self.names or (target.host, target.port) in self.names

    def _check(self, target: Target, address: Address) -> None:
        seen = embedded(address)
        if any(one in network for network in self.networks for one in (address, seen)):
            return
        cure = CURE.format(entry=target.entry)
        if not is_public(seen):
            raise AddressRefused(f"{target.host} is no public address ({seen}). Nothing was sent. {cure}")
        if target.scheme != "https":
            raise AddressRefused(f"{target.host} would be reached without encryption. Use https://. {cure}")
        if target.port not in OPEN_PORTS:
            raise AddressRefused(f"Port {target.port} of {target.host} is not open to us. Use 443. {cure}")


def is_public(address: Address) -> bool:
    """Whether the address is one of the internet at large."""
    if isinstance(address, IPv6Address) and (address.is_site_local or any(address in net for net in TUNNELS)):
        return False
    return address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified)


def embedded(address: Address) -> Address:
    """The IPv4 address that an IPv6 address stands for (mapped, NAT64), else the address itself."""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped:
            return address.ipv4_mapped
        if address in NAT64:
            return IPv4Address(int(address) & 0xFFFFFFFF)
    return address


def plain(host: str) -> str:
    """The host in lower case, in its ASCII form, without brackets and final dot."""
    host = host.lower().strip("[]").removesuffix(".")
    try:
        return host if host.isascii() else host.encode("idna").decode()
    except UnicodeError:
        raise AddressRefused("The host name of the address cannot be read. Correct it.") from None


def name_and_port(entry: str) -> tuple[str, int | None]:
    """Read `host` or `host:port`."""
    host, colon, port = entry.rpartition(":") if not entry.endswith("]") else (entry, "", "")
    host = host if colon else entry
    if not host or "/" in entry or (colon and not port.isdecimal()) or (":" in host and not host.startswith("[")):
        raise PermanentError(
            f'OUTBOUND_ALLOW_HOSTS has "{entry}" in it. Each entry is a host, host:port, address or CIDR; correct it.'
        )
    return plain(host), int(port) if colon else None


def written(host: str, port: int) -> str:
    """host:port as one writes it."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
