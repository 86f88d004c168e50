import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.wire.session import SessionAsked, SessionProblem, SessionUser, read_session


def test_a_full_request_is_read_and_unknown_fields_are_ignored() -> None:
    body = {
        "site_key": "pk_demo",
        "user": {"id": "kim", "hash": "ab", "plan": "gold"},
        "conversation_id": "c1",
        "locale": "de",
        "identity": None,
        "colour": "blue",
    }

    assert read_session(json.dumps(body).encode()) == SessionAsked(
        "pk_demo", SessionUser("kim", "ab"), None, "c1", "de"
    )


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        (b"", ("body",)),
        (b"[]", ("body",)),
        (b"\xff", ("body",)),
        (b"[" * 100_000, ("body",)),
        (b"{}", ("site_key",)),
        (b'{"site_key": 1}', ("site_key",)),
        (b'{"site_key": "x", "user": "kim"}', ("user",)),
        (b'{"site_key": "x", "user": {}}', ("user.id",)),
        (b'{"site_key": "x", "user": {"id": "", "hash": 1}}', ("user.hash", "user.id")),
        (b'{"site_key": "x", "locale": 1, "identity": []}', ("identity", "locale")),
        (json.dumps({"site_key": "x" * 129}).encode(), ("site_key",)),
        (
            json.dumps({"site_key": "x", "conversation_id": "x" * 129}).encode(),
            ("conversation_id",),
        ),
    ],
)
def test_what_is_wrong_is_named(body: bytes, fields: tuple[str, ...]) -> None:
    with pytest.raises(SessionProblem) as refused:
        read_session(body)

    assert refused.value.fields == fields


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(st.sampled_from(["site_key", "user", "id", "hash", "locale"]), inner)
    ),
)


@given(JSON)
def test_any_json_is_read_or_refused(value: object) -> None:
    with suppress(SessionProblem):
        assert isinstance(read_session(json.dumps(value).encode()).site_key, str)
