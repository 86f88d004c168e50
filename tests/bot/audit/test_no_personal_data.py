"""A day of everything that writes entries, and then every entry is searched for what was said."""

import asyncio
import re
from contextlib import aclosing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from bot.audit.own_entries import OwnEntries, Standing
from bot.humans.handoff import Reply
from bot.humans.human import Human
from bot.humans.reveal_to_human import RevealToHuman
from bot.humans.suggest import Suggest
from bot.humans.typed import cleaned
from bot.log import MessageDelta
from bot.stores.audit_chain import first_break
from bot.stores.base import AuditAfter, AuditEntry
from channels.base import Interrupted, WantsHuman
from routing.models.scripted import Hold, Script
from tests.bot.audit.chains import entries_of
from tests.bot.humans.watched import watch_of
from tests.bot.stage import ANSWER, Stage, says, staged, words
from tests.bot.turns.test_turn_tools import KYC, LOOKUP, STANDS, asks, whole

DANA, ROBIN = Human("U0DANA", "Dana"), Human("U0ROBIN", "Robin")
PLANTED = {
    "e-mail": "anna.keller@example.com",
    "card": "4111 1111 1111 1111",
    "phone": "+1 212 555 0143",
    "iban": "DE89 3702 0044 0532 0130 01",
    "name": "Anna Keller",
    "words": "zebra-striped umbrella",
}
SAID = (
    "My name is Anna Keller, my ticket is T-1042, mail anna.keller@example.com, "
    "call +1 212 555 0143, card 4111 1111 1111 1111, IBAN DE89 3702 0044 0532 0130 01, "
    "and I lost my zebra-striped umbrella."
)
EXPECTED = {
    "attempt", "turn", "tool", "redaction", "interrupted", "draft",
    "handoff.requested", "handoff.claimed", "handoff.assigned", "handoff.released",
    "handoff.resolved", "handoff.cancelled", "personal.revealed",
    "sla.ping", "sla.escalate", "sla.tell", "policy.changed", "login", "login.refused",
}  # fmt: skip


async def humans_act(stage: Stage) -> None:
    """Let humans do all that they can do with a conversation."""
    services, conversation, handoffs = stage.services, stage.conversation, stage.handoffs
    text = await cleaned(services, conversation, DANA, SAID)
    await handoffs.claim(conversation, DANA)
    await handoffs.note(conversation, DANA, text)
    async with aclosing(Suggest(services).pieces(conversation, DANA)) as pieces:
        assert [piece async for piece in pieces]
    await handoffs.reply(conversation, DANA, Reply(text))
    vault = await services.vaults.of(conversation)
    reveal = RevealToHuman(services)
    shown = (await reveal.hidden(conversation, DANA)).shown
    assert vault.value_of(shown[0])
    await reveal.value(conversation, DANA, shown[0], await cleaned(services, conversation, DANA,
                       "he asked: anna.keller@example.com"))  # fmt: skip
    await handoffs.assign(conversation, DANA, ROBIN)
    await handoffs.release(conversation, ROBIN)


async def a_day(stage: Stage, held: asyncio.Event) -> None:
    """Let a customer, humans, timers and the installation itself do what they do."""
    await stage.say(SAID)
    await stage.answers()
    await stage.until_idle()
    await stage.say("When will my card arrive? " + PLANTED["e-mail"])
    events = await stage.until(MessageDelta.TYPE, 3)
    last = next(e.body for e in reversed(events) if isinstance(e.body, MessageDelta))
    await stage.act(Interrupted(last.message_id, "Your card"))
    held.set()
    await stage.until_idle()
    await stage.act(WantsHuman())
    await stage.until_idle()
    await humans_act(stage)
    await stage.act(WantsHuman())
    await stage.until_idle()
    watch = watch_of(stage)
    for seconds in (61, 181, 301):
        stage.ahead.by = timedelta(seconds=seconds)
        await watch.look()
    await stage.handoffs.cancel(stage.conversation)
    await stage.act(WantsHuman())
    await stage.until_idle()
    await stage.handoffs.claim(stage.conversation, DANA)
    await stage.handoffs.resolve(stage.conversation, DANA)


def planted_in(entry: AuditEntry) -> list[str]:
    """Return what is found of the planted values, however it is written."""
    text = f"{entry.tenant} {entry.action} {entry.json}".lower()
    joined = re.sub(r"(?<=\d)[ ().-]+(?=\d)", "", text)
    digits = {kind: re.sub(r"\D", "", value) for kind, value in PLANTED.items()}
    parts = ("keller", "anna", "umbrella", "zebra", "@example")
    return [
        *(kind for kind, value in PLANTED.items() if value.lower() in text),
        *(kind for kind, number in digits.items() if number and number[-8:] in joined),
        *(part for part in parts if part in text),
    ]


async def test_no_entry_of_any_kind_holds_what_a_customer_or_a_human_has_written(
    tmp_path: Path,
) -> None:
    held = asyncio.Event()
    slow: Script = (*words("Your card arrives in five days"), Hold(held))
    scripts = [asks(LOOKUP), whole(STANDS), slow, says(ANSWER), says(ANSWER)]
    async with staged(tmp_path, scripts, policy=KYC) as stage:
        await a_day(stage, held)
        store, clock = stage.services.store, stage.services.clock
        own = OwnEntries(store, stage.services.tenant.id, clock)
        await own.note_policy(Standing("1", "ab" * 32, "cd" * 32))
        await own.add("login", {"door": "api", "key": "1f0c9a2e"})
        await own.add("login.refused", {"door": "desk", "count": 2})
        chain = await store.find(AuditAfter())

        assert EXPECTED - {entry.action for entry in chain} == set()
        assert {entry.action: found for entry in chain if (found := planted_in(entry))} == {}
        assert first_break(chain) is None


def test_the_search_finds_what_is_planted() -> None:
    entry = entries_of(1)[0]
    for kind, value in PLANTED.items():
        for written in (value, value.upper(), value.replace(" ", "-"), value.replace(" ", "")):
            found = planted_in(replace(entry, json=written))
            assert found or kind in ("name", "words"), written
    assert planted_in(entry) == []
