import asyncio
from datetime import datetime, timedelta

import pytest

from channels.voice.token import LIFETIME_S, MemoryUsed, Tokens, mint, ticket_of
from tests.channels.voice.connected import CALL, NOW

SECRET = b"s" * 32


def opened(secret: bytes, token: str, now: datetime) -> str | None:
    ticket = ticket_of(secret, token, now)
    return ticket.call if ticket else None


def test_a_token_opens_for_the_call_it_was_made_for() -> None:
    assert opened(SECRET, mint(SECRET, CALL, NOW), NOW) == CALL


def test_a_token_lives_five_minutes() -> None:
    token = mint(SECRET, CALL, NOW)

    assert opened(SECRET, token, NOW + timedelta(seconds=LIFETIME_S - 1)) == CALL
    assert opened(SECRET, token, NOW + timedelta(seconds=LIFETIME_S)) is None


def test_a_clock_that_is_set_back_does_not_make_a_token_live_longer() -> None:
    assert opened(SECRET, mint(SECRET, CALL, NOW), NOW - timedelta(seconds=2)) is None


def test_a_token_that_was_changed_anywhere_does_not_open() -> None:
    token = mint(SECRET, CALL, NOW)
    for at in range(len(token)):
        other = "0" if token[at] != "0" else "1"

        assert opened(SECRET, token[:at] + other + token[at + 1 :], NOW) is None
    assert opened(SECRET, token[:-1], NOW) is None
    assert opened(SECRET, token + "\n", NOW) is None
    assert opened(b"t" * 32, token, NOW) is None
    assert opened(SECRET, "", NOW) is None
    assert opened(SECRET, "\udc80", NOW) is None


def test_two_tokens_of_one_call_are_two() -> None:
    tickets = [ticket_of(SECRET, mint(SECRET, CALL, NOW), NOW) for _ in range(2)]

    assert len({ticket.id for ticket in tickets if ticket}) == 2


def test_a_token_can_stand_in_a_path_and_in_a_parameter() -> None:
    token = mint(SECRET, CALL, NOW)

    assert len(token) < 200
    assert token.replace(".", "").isalnum()


def test_a_token_is_made_for_a_call_of_twilios_only() -> None:
    with pytest.raises(AssertionError):
        mint(SECRET, "../x", NOW)


@pytest.mark.promise("V29")
async def test_a_token_is_taken_once_also_when_it_comes_twice_at_once() -> None:
    tokens = Tokens(SECRET, MemoryUsed(lambda: NOW), lambda: NOW)
    token = tokens.mint(CALL)
    taken = await asyncio.gather(tokens.use(token), tokens.use(token))

    assert sorted(taken, key=str) == [CALL, None]


async def test_a_used_token_is_forgotten_once_it_would_open_nothing() -> None:
    now = NOW
    used = MemoryUsed(lambda: now)
    assert await used.use("a", NOW + timedelta(seconds=5))
    assert not await used.use("a", NOW + timedelta(seconds=5))
    now += timedelta(seconds=6)

    assert await used.use("b", now + timedelta(seconds=5))
    assert len(used) == 1


def test_a_short_secret_signs_nothing() -> None:
    with pytest.raises(ValueError, match="16 bytes"):
        Tokens(b"short", MemoryUsed(lambda: NOW), lambda: NOW)
