"""Where requests go: a host, and the proxy that the environment names for it.

A proxy (HTTPS_PROXY, NO_PROXY, …) is used with its name and password, but not to reach this machine.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from starkcore import exact
from starkcore.errors import _invalid
from starkcore.http.sockets import is_loopback

__all__ = ["NOWHERE", "Endpoint"]

PORTS = {"https": 443, "http": 80}
# What a host is: a name, or an address of either kind. `urlsplit` takes spaces and more.
_HOST = re.compile(r"[A-Za-z0-9._-]+|[0-9A-Fa-f:.]+(?:%[A-Za-z0-9._-]+)?")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """The host that requests go to.

    Attributes:
        scheme: "https", or "http" to this machine.
        host: its name or address, in lower case.
        port: an int.
    """

    scheme: str
    host: str
    port: int

    @classmethod
    def parse(cls, url: str, example: str = "https://api.example.com") -> Endpoint:
        """The endpoint of "https://api.example.com"; a slash at the end is left out.

        Args:
            example: what a refusal shows of how a host is written.

        Raises:
            InvalidInput, InputTypeError: `field` is "host".
        """
        url = exact.text(url, "host")
        parts = port = None
        try:
            parts = urlsplit(url.rstrip("/"))
            port = parts.port
            (parts.hostname or "").encode("ascii")
        except ValueError:
            parts = None
        if parts is None or parts.scheme not in ("http", "https") or not parts.hostname:
            raise _invalid("host", f"must be a URL such as {example}")
        if parts.username is not None or parts.path or parts.query or parts.fragment or not url.isprintable():
            raise _invalid("host", "must be a scheme, a host and maybe a port: nothing else")
        if port == 0 or parts.netloc.endswith(":") or not _HOST.fullmatch(parts.hostname) or url != url.strip():
            raise _invalid("host", "must be a name or an address, and a port in [1, 65535] where there is one")
        if parts.scheme == "http" and not _is_this_machine(parts.hostname):
            raise _invalid("host", "must be https: only this machine is spoken to without encryption")
        return cls(parts.scheme, parts.hostname, PORTS[parts.scheme] if port is None else port)

    def __str__(self) -> str:
        return f"{self.scheme}://{self.name}" + ("" if self.port == PORTS[self.scheme] else f":{self.port}")

    @property
    def name(self) -> str:
        """The host as URLs and headers have it."""
        return f"[{self.host}]" if ":" in self.host else self.host

    def proxy(self) -> str | None:
        """The URL of the proxy that the environment asks for, with its name and password.

        None where the host is this machine: what isn't encrypted stays here.

        Raises:
            InvalidInput: `field` is "proxy". What the environment has there isn't shown.
        """
        if _is_this_machine(self.host) or proxy_bypass(f"{self.host}:{self.port}"):
            return None
        proxies = getproxies()
        url = proxies.get(self.scheme) or proxies.get("all")
        return None if url is None else proxy_url(url if "://" in url else f"http://{url}")


NOWHERE = Endpoint("http", "localhost", 1)
"""Stands for the host of a client that has none, and sends nothing."""


def proxy_url(url: str) -> str:
    """A proxy's URL with its port, as `Proxy` takes it. An error shows nothing of it: it may hold a password."""
    parts = port = None
    try:
        parts = urlsplit(url)
        default = PORTS[parts.scheme]
        port = default if parts.port is None else parts.port
    except (ValueError, KeyError):
        parts = None
    if parts is None or port == 0 or not parts.hostname or not url.isascii():
        raise _invalid("proxy", "must be a URL such as http://localhost:3128: the environment names another one")
    login = "" if parts.username is None else f"{parts.username}:{parts.password or ''}@"
    return f"{parts.scheme}://{login}{f'[{parts.hostname}]' if ':' in parts.hostname else parts.hostname}:{port}"


def _is_this_machine(host: str) -> bool:
    """By what it is called (RFC 6761, section 6.3). Where a name really leads, `sockets` looks at each connection."""
    return host == "localhost" or host.endswith(".localhost") or is_loopback(host)
