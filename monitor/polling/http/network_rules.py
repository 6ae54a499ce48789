"""The rules of every request: which addresses and ports storywatch may connect to, and the limits.

`forbidden(address)` returns why an address may not be connected to, or None. Nothing here uses the network.
"""

from __future__ import annotations

from datetime import timedelta
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import TYPE_CHECKING

from monitor.polling.http.address import DOTTED_QUAD
from storage.model.value import value

if TYPE_CHECKING:
    from monitor.polling.http.address import Target

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

KNOWN_ADDRESSES = 1_024  # judged addresses that are kept: most are those of the polls before

# `ipaddress.is_global` of Python 3.11 accepts multicast, NAT64, 6to4 relays and site-local addresses. This list holds
# IANA's special-purpose registries (RFC 6890) and the ways to write an IPv4 address inside an IPv6 one.
_SPECIAL = tuple(
    (ip_network(network), words)
    for network, words in (
        ("0.0.0.0/8", "an address of this machine"),
        ("10.0.0.0/8", "a private address"),
        ("100.64.0.0/10", "a provider's shared address"),
        ("127.0.0.0/8", "an address of this machine"),
        ("169.254.0.0/16", "a link-local address"),
        ("172.16.0.0/12", "a private address"),
        ("192.0.0.0/24", "a reserved address"),
        ("192.0.2.0/24", "an address for documentation"),
        ("192.88.99.0/24", "a 6to4 relay"),
        ("192.168.0.0/16", "a private address"),
        ("198.18.0.0/15", "an address for benchmarks"),
        ("198.51.100.0/24", "an address for documentation"),
        ("203.0.113.0/24", "an address for documentation"),
        ("224.0.0.0/4", "a multicast address"),
        ("240.0.0.0/4", "a reserved address"),
        ("::1/128", "an address of this machine"),
        ("::/96", "a reserved address"),
        ("64:ff9b::/96", "an IPv4 address behind NAT64"),
        ("64:ff9b:1::/48", "an IPv4 address behind NAT64"),
        ("100::/64", "a discard address"),
        ("2001::/23", "a reserved address"),
        ("2001:db8::/32", "an address for documentation"),
        ("2002::/16", "a 6to4 address"),
        ("3fff::/20", "an address for documentation"),
        ("5f00::/16", "a reserved address"),
        ("fc00::/7", "a private address"),
        ("fe80::/10", "a link-local address"),
        ("fec0::/10", "a site-local address"),
        ("ff00::/8", "a multicast address"),
        # Only 2000::/3 is global unicast; in the rest IPv4 addresses can be written in ways not listed above.
        ("::/3", "a reserved address"),
        ("4000::/2", "a reserved address"),
        ("8000::/1", "a reserved address"),
    )
)
# The third quarter of an address of RFC 5214; the last one is IPv4.
_ISATAP_MASK, _ISATAP = 0xFDFF_FFFF, 0x5EFE
_LOOPBACK = ip_network("127.0.0.0/8")
_LOOPBACK_6 = ip_address("::1")


@value
class NetworkRules:
    """The `[polling]` keys that govern every request: allowed addresses and ports, deadline and size limit.

    `timeout` is the total deadline of one fetch. `max_bytes` limits a body both as sent and decoded. An empty
    `allow_ports` allows every port. `allow_networks` are special networks that are allowed nevertheless.
    """

    user_agent: str
    timeout: timedelta = timedelta(seconds=30)
    max_bytes: int = 5_000_000
    allow_networks: tuple[Network, ...] = ()
    allow_ports: frozenset[int] = frozenset({80, 443})


def user_agent(version: str, contact: str | None) -> str:
    """Return the User-Agent of every request: `storywatch/VERSION (+CONTACT)`, in plain ASCII."""
    if not contact:
        return f"storywatch/{version}"
    printable = "".join(c for c in contact if " " < c <= "~")
    return f"storywatch/{version} (+{printable})"


def refusal(target: Target, ports: frozenset[int], networks: tuple[Network, ...]) -> str | None:
    """Return why these rules forbid a target, or None; host names are checked later, when they are resolved."""
    refused = _port_refused(target.port, ports)
    if refused is None and (":" in target.host or DOTTED_QUAD.fullmatch(target.host)):
        return forbidden(target.host, allow_networks=networks)
    return refused


def port_refused(port: int, rules: NetworkRules) -> str | None:
    """Return why a port may not be connected to, or None."""
    return _port_refused(port, rules.allow_ports)


def _port_refused(port: int, allow_ports: frozenset[int]) -> str | None:
    if not allow_ports or port in allow_ports:
        return None
    allowed = ", ".join(str(p) for p in sorted(allow_ports))
    return f"port {port} is not among the allowed ports ({allowed}); add it to polling.allow_ports"


@lru_cache(maxsize=KNOWN_ADDRESSES)
def forbidden(address: str, *, allow_networks: tuple[Network, ...] = ()) -> str | None:
    """Return why an address may not be connected to, or None if it may.

    IPv4 addresses inside IPv6 ones are judged as IPv4. Allowing 127.0.0.0/8 allows `::1` as well: both are this
    machine.
    """
    asked: Address = ip_address(address)
    if isinstance(asked, IPv6Address):
        asked = asked.ipv4_mapped or _tunnelled(asked) or asked
    if any(asked in network for network in allow_networks):
        return None
    if asked == _LOOPBACK_6 and _LOOPBACK in allow_networks:
        return None
    for network, words in _SPECIAL:
        if asked in network:
            return f"{asked} is {words}; to poll it, add its network to polling.allow_networks"
    return None


def _tunnelled(address: IPv6Address) -> IPv4Address | None:
    """Return the IPv4 address that a packet for an ISATAP address is sent to; None for any other address."""
    quarter = (int(address) >> 32) & 0xFFFF_FFFF
    return IPv4Address(int(address) & 0xFFFF_FFFF) if quarter & _ISATAP_MASK == _ISATAP else None
