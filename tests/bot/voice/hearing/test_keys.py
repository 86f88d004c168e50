"""Keys: collected in order, redacted, and never a secret in what a model reads."""

from pathlib import Path

import pytest

from bot.log import MessageAccepted
from bot.privacy.redact import Hints, Redactor
from bot.privacy.vault import Vault
from bot.voice.hearing.keys import Typed, told
from channels.base import ConversationId
from routing.request import TenantId
from tests.bot.stage import KEY, says
from tests.bot.voice.stage import OnTheLine, on_the_line

REDACTOR = Redactor()


def vault() -> Vault:
    return Vault(KEY, TenantId("aurelis"), ConversationId("c"))


def stored(digits: str, question: str, locale: str = "en") -> str:
    """Return what the log and a model see of typed keys."""
    text = told(digits, question, locale, REDACTOR, vault())
    return REDACTOR.redact(text, vault(), Hints(question, "", locale))


@pytest.mark.promise("V44")
@pytest.mark.parametrize(
    ("digits", "question"),
    [
        ("1234", "Please enter your PIN."),
        ("1234", "Bitte geben Sie Ihre Geheimzahl ein."),
        ("1234", "Inserisca il PIN"),
        ("123", "And the three digits on the back?"),
        ("4111111111111111", "Please enter your card number."),
        ("411111", "Please enter the first six digits of your card."),
        ("98765", ""),
    ],
)
def test_what_may_be_a_secret_is_hidden_whatever_was_asked(digits: str, question: str) -> None:
    seen = stored(digits, question)

    assert digits not in seen
    assert "[" in seen


@pytest.mark.parametrize("digits", ["1", "0", "12", "*"])
def test_a_choice_from_a_menu_stays(digits: str) -> None:
    assert stored(digits, "Press 1 for cards, 2 for loans.") == digits


def test_the_number_of_an_order_stays_when_it_was_asked_for() -> None:
    assert stored("12345678", "Please enter the order number.") == "12345678"


def test_keys_are_complete_at_the_hash_or_after_a_while() -> None:
    typed = Typed().pressed("1", 10.0).pressed("2", 11.0)

    assert not typed.is_complete(13.0, 2.5)
    assert typed.is_complete(13.5, 2.5)
    assert typed.pressed("#", 11.5).is_complete(11.5, 2.5)
    assert typed.pressed("#", 11.5).digits == "12"


async def customer_texts(call: OnTheLine) -> list[str]:
    return [e.body.text for e in await call.events() if isinstance(e.body, MessageAccepted)]


@pytest.mark.promise("V44")
async def test_keys_are_taken_in_order_and_no_model_sees_a_pin(tmp_path: Path) -> None:
    scripts = (says("Please enter your PIN."), says("Thank you."))
    async with on_the_line(tmp_path, scripts) as call:
        await call.says("When will my card arrive?")
        await call.answered()
        await call.presses("48")
        await call.clock.advance(2.0)
        await call.presses("15#")
        await call.answered(2)
        seen = [message.text for message in call.stage.model.requests[-1].messages]

        assert (await customer_texts(call))[-1] == "PIN: [SECRET_1]"
        assert not any("4815" in text for text in seen)


@pytest.mark.promise("V44")
async def test_keys_during_the_greeting_count_and_end_without_a_hash(tmp_path: Path) -> None:
    async with on_the_line(tmp_path) as call:
        await call.presses("7")
        await call.clock.advance(2.4)
        early = await customer_texts(call)
        await call.clock.advance(0.3)
        await call.answered()

        assert early == []
        assert await customer_texts(call) == ["7"]


async def test_keys_that_are_not_complete_come_before_what_is_said_then(tmp_path: Path) -> None:
    async with on_the_line(tmp_path) as call:
        await call.presses("7")
        await call.says("When will my card arrive?")
        await call.answered()

        assert await customer_texts(call) == ["7", "When will my card arrive?"]
