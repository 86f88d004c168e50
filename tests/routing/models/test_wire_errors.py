"""What a vendor's error means."""

import pytest

from routing.errors import FailureKind as K
from routing.models.wire_errors import failure_of, retry_after, words_of

STATUSES = [
    (400, K.BAD_REQUEST), (401, K.AUTH), (402, K.QUOTA), (403, K.AUTH), (404, K.BAD_REQUEST),
    (408, K.SERVER), (409, K.SERVER), (413, K.TOO_LARGE), (422, K.BAD_REQUEST),
    (429, K.RATE_LIMITED), (500, K.SERVER), (502, K.SERVER), (503, K.OVERLOADED),
    (504, K.SERVER), (529, K.OVERLOADED),
]  # fmt: skip


@pytest.mark.parametrize(("status", "kind"), STATUSES)
def test_a_status_alone_says_the_kind(status: int, kind: K) -> None:
    failure = failure_of(status, (), {})

    assert failure.kind is kind
    assert failure.status == status


@pytest.mark.parametrize(
    ("status", "error", "kind"),
    [
        (429, {"type": "insufficient_quota", "code": "insufficient_quota"}, K.QUOTA),
        (429, {"type": "requests", "code": "rate_limit_exceeded"}, K.RATE_LIMITED),
        (400, {"type": "invalid_request_error", "code": "context_length_exceeded"}, K.TOO_LARGE),
        (400, {"type": "invalid_request_error", "message": "prompt is too long: 9 > 8"},
         K.TOO_LARGE),
        (400, {"type": "invalid_request_error", "code": "content_policy_violation"}, K.REFUSED),
        (429, {"type": "rate_limit_error",
               "details": {"error_code": "enforced_spend_limit_reached"}}, K.QUOTA),
        (429, {"type": "rate_limit_error",
               "details": {"error_code": "ramp_limit_exceeded"}}, K.RATE_LIMITED),
        (529, {"type": "overloaded_error"}, K.OVERLOADED),
        (500, {"type": "who_knows", "code": 7}, K.SERVER),
        (500, "a plain sentence", K.SERVER),
        (401, None, K.AUTH),
    ],
)  # fmt: skip
def test_the_body_says_more_than_the_status(status: int, error: object, kind: K) -> None:
    assert failure_of(status, words_of(error), {}).kind is kind


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "12"}, 12.0),
        ({"retry-after": "0"}, 0.0),
        ({"retry-after": "1.5"}, 1.5),
        ({"retry-after-ms": "250"}, 0.25),
        ({"retry-after-ms": "250", "retry-after": "9"}, 0.25),
        ({"retry-after": "Tue, 24 Nov 2026 12:00:30 GMT",
          "date": "Tue, 24 Nov 2026 12:00:00 GMT"}, 30.0),
        ({"retry-after": "Tue, 24 Nov 2026 11:00:00 GMT",
          "date": "Tue, 24 Nov 2026 12:00:00 GMT"}, 0.0),
        ({"retry-after": "Tue, 24 Nov 2026 12:00:30 GMT"}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "-3"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "inf"}, None),
        ({"retry-after": "1e9"}, None),
        ({"retry-after": "9" * 400}, None),
        ({"retry-after": ""}, None),
        ({}, None),
    ],
)  # fmt: skip
def test_how_long_to_stay_away_is_read_in_every_form(
    headers: dict[str, str], seconds: float | None
) -> None:
    assert retry_after(headers) == seconds
    assert failure_of(429, (), headers).retry_after_s == seconds


def test_only_a_rate_limit_says_how_long_to_stay_away() -> None:
    assert failure_of(500, (), {"retry-after": "5"}).retry_after_s is None
