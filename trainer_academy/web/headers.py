"""Response headers and compression."""

from __future__ import annotations

import zlib

from flask import Response, request
from flask_login import current_user

from trainer_academy.web.context import config

CSP = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
MIN_BYTES = 600
_COMPRESSIBLE = ("text/html", "application/json", "image/svg+xml", "text/plain", "application/vc", "application/did")


def add_headers(response: Response) -> Response:
    """Security and caching headers of every response."""
    headers = response.headers
    headers.setdefault("Content-Security-Policy", CSP)
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("Referrer-Policy", "same-origin")
    headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    headers.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
    headers.setdefault("X-Frame-Options", "DENY")
    if config().is_secure:
        headers.setdefault("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
    if "Cache-Control" not in headers:
        is_private = bool(current_user.is_authenticated) or request.method != "GET" or response.status_code >= 400
        headers["Cache-Control"] = "no-store" if is_private else "no-cache"
    return compress(response)


def compress(response: Response) -> Response:
    """Gzip text of 600 bytes or more for clients that take it."""
    if (
        response.direct_passthrough
        or "Content-Encoding" in response.headers
        or not (response.content_type or "").startswith(_COMPRESSIBLE)
        or request.accept_encodings["gzip"] == 0
    ):
        return response
    body = response.get_data()
    if len(body) >= MIN_BYTES:
        packer = zlib.compressobj(5, zlib.DEFLATED, 31)
        response.set_data(packer.compress(body) + packer.flush())
        response.headers["Content-Encoding"] = "gzip"
        response.headers.add("Vary", "Accept-Encoding")
    return response
