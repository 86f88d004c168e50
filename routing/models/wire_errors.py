"""A vendor's error as one of our kinds: pure, by status, type and code; never by customer text."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from routing.errors import FailureKind, ModelFailed

OK = 200
KIND_OF_STATUS: Mapping[int, FailureKind] = {
    400: FailureKind.BAD_REQUEST,
    401: FailureKind.AUTH,
    402: FailureKind.QUOTA,
    403: FailureKind.AUTH,
    404: FailureKind.BAD_REQUEST,
    408: FailureKind.SERVER,
    409: FailureKind.SERVER,
    413: FailureKind.TOO_LARGE,
    422: FailureKind.BAD_REQUEST,
    429: FailureKind.RATE_LIMITED,
    503: FailureKind.OVERLOADED,
    529: FailureKind.OVERLOADED,
}
"""Source: the vendors' pages on errors; 529 is Anthropic's own."""
KIND_OF_WORD: Mapping[str, FailureKind] = {
    "api_error": FailureKind.SERVER,
    "authentication_error": FailureKind.AUTH,
    "billing_error": FailureKind.QUOTA,
    "billing_hard_limit_reached": FailureKind.QUOTA,
    "content_filter": FailureKind.REFUSED,
    "content_policy_violation": FailureKind.REFUSED,
    "context_length_exceeded": FailureKind.TOO_LARGE,
    "contract_spend_limit_reached": FailureKind.QUOTA,
    "enforced_spend_limit_reached": FailureKind.QUOTA,
    "insufficient_quota": FailureKind.QUOTA,
    "invalid_api_key": FailureKind.AUTH,
    "invalid_request_error": FailureKind.BAD_REQUEST,
    "model_not_found": FailureKind.BAD_REQUEST,
    "not_found_error": FailureKind.BAD_REQUEST,
    "overloaded_error": FailureKind.OVERLOADED,
    "permission_error": FailureKind.AUTH,
    "rate_limit_error": FailureKind.RATE_LIMITED,
    "rate_limit_exceeded": FailureKind.RATE_LIMITED,
    "request_too_large": FailureKind.TOO_LARGE,
    "server_error": FailureKind.SERVER,
    "server_overloaded": FailureKind.OVERLOADED,
    "timeout_error": FailureKind.SERVER,
}
"""Types and codes of error bodies. Source: Anthropic API, "Errors"; OpenAI API, "Error codes"."""

TOO_LONG = "prompt is too long"
"""How Anthropic's 400 for a prompt above the context begins; it has no code of its own."""


def failure_of(status: int, words: tuple[str, ...], headers: Mapping[str, str]) -> ModelFailed:
    """Return the failure that an error answer, or an error inside a stream, means.

    Args:
        status: of the HTTP answer; 200 for an error inside a stream.
        words: what the body says, most telling first: code, then type. Unknown ones are skipped.
        headers: of the answer, for `retry-after`.
    """
    known = [KIND_OF_WORD[word] for word in words if word in KIND_OF_WORD]
    kind = known[0] if known else KIND_OF_STATUS.get(status, FailureKind.SERVER)
    retry_after_s = retry_after(headers) if kind is FailureKind.RATE_LIMITED else None
    return ModelFailed(kind, status=status, retry_after_s=retry_after_s)


def words_of(error: object) -> tuple[str, ...]:
    """Return the code and the type of an error object, as far as they are there."""
    if not isinstance(error, Mapping):
        return ()
    details = error.get("details")
    inner = details.get("error_code") if isinstance(details, Mapping) else None
    message = error.get("message")
    is_too_long = isinstance(message, str) and message.startswith(TOO_LONG)
    longer = "context_length_exceeded" if is_too_long else None
    words = (longer, inner, error.get("code"), error.get("type"))
    return tuple(word for word in words if isinstance(word, str))


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Return how long to stay away, in seconds; None when it is not said, or not legibly.

    A date is taken relative to the answer's own `date` header, so that clocks need not agree.

    Source: RFC 9110 10.2.3; `retry-after-ms` is the vendors' own.
    """
    for name, unit_s in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        seconds = number_of(headers.get(name, ""))
        if seconds is not None:
            return seconds * unit_s
    until, said_at = date_of(headers.get("retry-after", "")), date_of(headers.get("date", ""))
    if until is None or said_at is None:
        return None
    return max((until - said_at).total_seconds(), 0.0)


def number_of(text: str) -> float | None:
    """Return a header's decimal number, or None."""
    whole, _, fraction = text.strip().partition(".")
    is_number = whole.isascii() and whole.isdigit() and (not fraction or fraction.isdigit())
    return float(text) if is_number and len(whole) < 10 else None


def date_of(text: str) -> datetime | None:
    """Return a header's date, aware, or None."""
    try:
        date = parsedate_to_datetime(text)
    except ValueError:
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)


def object_of(data: bytes) -> dict[str, object]:
    """Return the JSON object of a frame.

    Raises:
        ModelFailed: MALFORMED, it is not JSON or not an object.
    """
    try:
        body = json.loads(str(data, "utf-8"))
    except ValueError:
        raise ModelFailed(FailureKind.MALFORMED) from None
    if not isinstance(body, dict):
        raise ModelFailed(FailureKind.MALFORMED)
    return body
