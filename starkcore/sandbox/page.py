"""The page at `/`: something to look at, made of the public API alone.

It is one file. Nothing of it is loaded from elsewhere, and the browser is told so: it may run the one script and the
one style sheet whose hashes it gets, and connect to this exchange.
"""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib import resources

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

__all__ = ["routes"]


def _hashed(html: str, element: str) -> str:
    """The source, as a content policy names it, of the page's one script or style sheet."""
    text = html.partition(f"<{element}>")[2].partition(f"</{element}>")[0]
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


@cache
def _page() -> tuple[bytes, dict[str, str]]:
    """The page and its headers."""
    html = resources.files("starkcore.sandbox").joinpath("page.html").read_text(encoding="utf-8")
    policy = {
        "default-src": "'none'",
        "script-src": _hashed(html, "script"),
        "style-src": _hashed(html, "style"),
        "connect-src": "'self'",
        "img-src": "data:",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
        "require-trusted-types-for": "'script'",
    }
    headers = {
        "content-security-policy": "; ".join(f"{name} {source}" for name, source in policy.items()),
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",
        "cross-origin-opener-policy": "same-origin",
        "cache-control": "no-cache",
    }
    return html.encode(), headers


async def _answer(request: Request) -> Response:
    html, headers = _page()
    return Response(html, media_type="text/html", headers=headers)


def routes() -> list[Route]:
    """The page."""
    return [Route("/", _answer, methods=["GET"])]
