"""Keeps what sends notices from reaching into the network of the installation (server-side request forgery).

Imports nothing but the standard library: each delivery is a process of its own, which should start soon.
"""

from __future__ import annotations

import ipaddress
import socket
import sys
from collections.abc import Callable, Collection, Iterator

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_METADATA = frozenset(map(ipaddress.ip_address, ("168.63.129.16", "fd00:ec2::254", "192.0.0.192", "100.100.100.200")))
"""Addresses by which clouds give credentials, besides 169.254.169.254, which is link-local."""
_CONNECTING = frozenset({"socket.connect", "socket.sendto", "socket.sendmsg"})
_STARTING = frozenset({"subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.fork", "os.forkpty"})


class AddressRefused(OSError):
    """The address is one to which no notice may be sent."""


def refusal(address: str, *, private: bool = False) -> str | None:
    """Why nothing may be sent to this IP address; None where it may.

    Args:
        address: as a number, not a name.
        private: whether addresses of the installation's own network are allowed, too; those by which clouds tell
            machines their credentials never are.
    """
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return "a name that nobody has looked up"
    inner = list(_addresses_in(found))
    if any(each.is_link_local or each in _METADATA for each in inner):
        return "an address of this machine's link or of its cloud"
    if private or all(map(_is_public, inner)):
        return None
    return "an address of a private network or of this machine"


def _addresses_in(address: Address) -> Iterator[Address]:
    """The address, and those IPv4 addresses to which one of IPv6 leads."""
    yield address
    if isinstance(address, ipaddress.IPv4Address):
        return
    low = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    if address.ipv4_mapped or address in _NAT64 or int(address) >> 32 == 0:
        yield low
    if address.sixtofour:
        yield address.sixtofour
    if address.teredo:
        yield from address.teredo


def _is_public(address: Address) -> bool:
    if isinstance(address, ipaddress.IPv4Address):
        return address.is_global and not address.is_multicast
    return address in _NAT64 or (address.is_global and address in _GLOBAL_UNICAST)


def resolve(host: str, port: int, *, private_hosts: Collection[str]) -> list[str]:
    """The addresses of a host, each of which may be connected to; looked up once, so that no later answer counts.

    Raises:
        AddressRefused: one of them may not.
        OSError: the name is not known.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = list(dict.fromkeys(str(each[4][0]) for each in found))
    for address in addresses:
        why = refusal(address, private=host.lower() in private_hosts)
        if why:
            raise AddressRefused(f"the host leads to {why}")
    return addresses


def guard_process(allowed: Collection[str], note: Callable[[str], None]) -> None:
    """From now on, refuse every connection of this process that may not be, whichever library asks for it.

    Args:
        allowed: private addresses that may be connected to.
        note: is told why one was refused.
    """

    def refuse(why: str) -> None:
        note(why)
        raise AddressRefused(why)

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        if event in _STARTING:
            refuse("programs may not be started")
        if event in _CONNECTING:
            to = arguments[1]
            host = str(to[0]) if isinstance(to, tuple) else ""
            why = refusal(host, private=host in allowed)
            if why:
                refuse(f"it leads to {why}")

    sys.addaudithook(hook)
