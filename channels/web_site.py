"""Which pages may host the chat."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class WebSite:
    """One site of a tenant that embeds the widget."""

    key: str
    """Public, such as `pk_demo`."""
    origins: tuple[str, ...]
    """Origins that may ask, such as `https://www.example.com`; exact, without a path.

    `http://localhost:*` stands for every port of that host, `*` alone for every origin.
    """
    secret: bytes
    """Shared with the site's own server: proves who its customers are. At least 32 bytes."""


class Sites:
    """The sites by key, and who may ask from where."""

    def __init__(self, sites: Sequence[WebSite], public_url: str) -> None:
        self._sites = {site.key: site for site in sites}
        self._all = tuple(dict.fromkeys(origin for site in sites for origin in site.origins))
        self._own = origin_of(public_url) if public_url else ""

    def get(self, key: str) -> WebSite | None:
        """Return the site with this key, if there is one."""
        return self._sites.get(key)

    def allow(self, origin: str, host: str) -> bool:
        """Return whether any site may ask from this origin.

        Our own origin always may: the widget lives in a frame of ours.
        """
        return _is_among(self._all, origin) or self._is_own(origin, host)

    def allow_for(self, site: WebSite, origin: str, host: str) -> bool:
        """Return whether this site may ask from this origin."""
        return _is_among(site.origins, origin) or self._is_own(origin, host)

    def _is_own(self, origin: str, host: str) -> bool:
        if self._own:
            return origin == self._own
        return bool(host) and origin in {f"http://{host}", f"https://{host}"}


def _is_among(origins: Sequence[str], origin: str) -> bool:
    return any(_fits(pattern, origin) for pattern in origins)


def _fits(pattern: str, origin: str) -> bool:
    if pattern == "*":
        return origin not in {"", "null"}
    if pattern == origin:
        return True
    host, is_any_port, _ = pattern.partition(":*")
    port = origin.removeprefix(f"{host}:")
    return bool(is_any_port) and (origin == host or (port != origin and port.isdigit()))


def origin_of(url: str) -> str:
    """Return the origin of a URL, `scheme://host[:port]`."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
