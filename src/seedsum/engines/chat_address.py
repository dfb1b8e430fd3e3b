"""Where a server is, by its address alone: nothing is looked up, nothing is sent."""

from __future__ import annotations

import ipaddress
from enum import StrEnum
from urllib.parse import urlsplit

from seedsum.errors import ConfigError
from seedsum.records import ChatSpec

#: Ends of names that no server on the internet can have. Source: RFC 6761, 6762, 8375 and ICANN's
#: resolution of 2024 for `internal`; the others are what routers and offices use.
_PRIVATE_ENDS = (".local", ".internal", ".lan", ".home.arpa", ".intranet", ".corp", ".localdomain")


class Reach(StrEnum):
    """How far the text of articles goes."""

    MACHINE = "this machine"
    NETWORK = "the private network"
    INTERNET = "the internet"


def host_of(address: str) -> str:
    """Return the host that an address names, with its port where it has one."""
    parts = urlsplit(address)
    return f"{parts.hostname}:{parts.port}" if parts.port else parts.hostname or ""


def reach_of(address: str) -> Reach:
    """Return how far an address leads; a name that could be anywhere leads to the internet."""
    host = (urlsplit(address).hostname or "").rstrip(".").lower()
    try:
        number = ipaddress.ip_address(host)
    except ValueError:
        if host == "localhost" or host.endswith(".localhost"):
            return Reach.MACHINE
        is_private = "." not in host or host.endswith(_PRIVATE_ENDS)
        return Reach.NETWORK if is_private else Reach.INTERNET
    if isinstance(number, ipaddress.IPv6Address) and number.ipv4_mapped:
        number = number.ipv4_mapped
    if number.is_loopback or number.is_unspecified:
        return Reach.MACHINE
    return Reach.NETWORK if number.is_private or number.is_link_local else Reach.INTERNET


def check_address(spec: ChatSpec, where: str) -> None:
    """Raise a ConfigError for an address that cannot be asked, or should not be."""
    try:
        parts = urlsplit(spec.address)
        _ = parts.port
    except ValueError as error:
        raise ConfigError(f"{where}.address: {error} (found: {spec.address!r})") from None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ConfigError(
            f"{where}.address must be the server's, like 'http://127.0.0.1:8080/v1'"
            f" (found: {spec.address!r})"
        )
    if parts.username or parts.password or parts.query or parts.fragment:
        raise ConfigError(
            f"{where}.address may have no name, password or question in it; a key is named by"
            " api_key_env or api_key_file"
        )
    has_key = spec.api_key_env or spec.api_key_file
    if has_key and parts.scheme == "http" and reach_of(spec.address) is Reach.INTERNET:
        raise ConfigError(f"{where}.address: a key goes over the internet by https only")
