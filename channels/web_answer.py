"""HTTP answers of web chat: JSON errors and the headers of cross-origin requests."""

import json
import secrets

from aiohttp import web

ALLOWED_HEADERS = "Authorization, Content-Type, Idempotency-Key, Last-Event-ID, X-File-Name"
MOST_BODY_BYTES = 64 * 1024
"""Larger than any frame; the JSON around a text of 8,000 characters fits."""


class Refusal(Exception):
    """A request that is answered with an error; `type` is a fixed word for programs."""

    def __init__(
        self, status: int, type: str, message: str, retry_after_s: float | None = None
    ) -> None:
        self.status = status
        self.type = type
        self.message = message
        self.retry_after_s = retry_after_s
        super().__init__(message)

    def answer(self) -> web.Response:
        """Return it as JSON: `{"error": {"type", "message", "trace_id"}}`."""
        error = {"type": self.type, "message": self.message, "trace_id": secrets.token_hex(16)}
        response = web.json_response({"error": error}, status=self.status)
        if self.retry_after_s is not None:
            response.headers["Retry-After"] = str(max(1, round(self.retry_after_s + 0.5)))
        return response


def open_to(response: web.StreamResponse, origin: str) -> None:
    """Let a page of this origin read the answer; without an origin nothing is added.

    No credentials: the token is in a header, so a cookie would only be a danger.
    Source: WHATWG Fetch, 3.2 HTTP CORS protocol.
    """
    response.headers["Vary"] = "Origin"
    response.headers["Cache-Control"] = "no-store"
    if origin:
        response.headers["Access-Control-Allow-Origin"] = origin
        response.headers["Access-Control-Expose-Headers"] = "Retry-After"


def preflight(origin: str, method: str) -> web.Response:
    """Return the answer to a preflight request of an allowed origin."""
    response = web.Response(status=204)
    open_to(response, origin)
    response.headers["Access-Control-Allow-Methods"] = f"{method}, OPTIONS"
    response.headers["Access-Control-Allow-Headers"] = ALLOWED_HEADERS
    response.headers["Access-Control-Max-Age"] = "600"
    return response


def encoded(fields: dict[str, object]) -> str:
    """Return fields as compact JSON."""
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":"))
