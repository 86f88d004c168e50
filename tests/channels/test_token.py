from datetime import UTC, datetime, timedelta

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.base import ConversationId
from channels.token import (
    Session,
    TokenKey,
    TokenProblem,
    identity_hash,
    is_identity_hash,
    read_identity,
    sign_identity,
)

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
KEY = TokenKey(b"k" * 32)
SECRET = b"s" * 32
SESSION = Session("pk_demo", ConversationId("c1"), "u1", True, NOW.timestamp() + 600)


def test_a_token_says_what_was_signed() -> None:
    assert KEY.read(KEY.sign(SESSION), NOW) == SESSION
    assert SESSION.is_verified


def test_a_token_expires_at_its_second() -> None:
    token = KEY.sign(SESSION)

    assert KEY.read(token, NOW + timedelta(seconds=599))
    with pytest.raises(TokenProblem, match="token_expired"):
        KEY.read(token, NOW + timedelta(seconds=600))


def raw(claims: dict[str, object], key: bytes = SECRET, algorithm: str = "HS256") -> str:
    return jwt.encode(claims, key, algorithm)


@pytest.mark.parametrize(
    "token",
    [
        "",
        "a.b.c",
        "é",
        KEY.sign(SESSION)[:-4] + "AAAA",
        TokenKey(b"x" * 32).sign(SESSION),
        raw({"aud": "chat", "exp": NOW.timestamp() + 9}, b"k" * 32),
        jwt.encode({"aud": "chat", "sub": "c1"}, "", "none"),
    ],
)
def test_nobody_else_can_make_a_token(token: str) -> None:
    with pytest.raises(TokenProblem, match="token_invalid"):
        KEY.read(token, NOW)


@given(st.text(max_size=80))
def test_no_text_breaks_the_reading_of_tokens(text: str) -> None:
    with pytest.raises(TokenProblem):
        KEY.read(text, NOW)


def test_a_short_key_is_refused_at_the_start() -> None:
    with pytest.raises(ValueError, match="16 bytes"):
        TokenKey(b"short")


def test_only_the_site_can_prove_who_its_customer_is() -> None:
    good = identity_hash(SECRET, "u1")

    assert is_identity_hash(SECRET, "u1", good)
    assert is_identity_hash(SECRET, "u1", good.upper())
    assert not is_identity_hash(SECRET, "u2", good)
    assert not is_identity_hash(b"other", "u1", good)
    assert not is_identity_hash(SECRET, "u1", "")
    assert not is_identity_hash(SECRET, "u1", "\udcff")


def test_a_sites_identity_token_names_its_customer() -> None:
    token = sign_identity(SECRET, "u1", NOW + timedelta(minutes=15))

    assert read_identity(SECRET, token, NOW) == "u1"


@pytest.mark.parametrize(
    ("claims", "code"),
    [
        ({"sub": "u1", "exp": NOW.timestamp() - 1}, "token_expired"),
        ({"sub": "u1", "exp": NOW.timestamp() + 901}, "token_invalid"),
        ({"sub": "u1"}, "token_invalid"),
        ({"sub": "", "exp": NOW.timestamp() + 60}, "token_invalid"),
        ({"exp": NOW.timestamp() + 60}, "token_invalid"),
        ({"sub": "u1", "exp": True}, "token_invalid"),
    ],
)
def test_an_identity_without_a_short_life_proves_nothing(
    claims: dict[str, object], code: str
) -> None:
    with pytest.raises(TokenProblem, match=code):
        read_identity(SECRET, raw(claims), NOW)


def test_an_identity_signed_by_another_site_proves_nothing() -> None:
    token = sign_identity(b"o" * 32, "u1", NOW + timedelta(minutes=5))

    with pytest.raises(TokenProblem, match="token_invalid"):
        read_identity(SECRET, token, NOW)


def test_a_session_token_is_no_identity_and_an_identity_no_session() -> None:
    identity = sign_identity(b"k" * 32, "u1", NOW + timedelta(minutes=5))

    with pytest.raises(TokenProblem):
        KEY.read(identity, NOW)
    with pytest.raises(TokenProblem):
        read_identity(b"k" * 32, KEY.sign(SESSION), NOW)
