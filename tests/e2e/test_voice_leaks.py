"""Callers who say everything that is nobody's business, and then every byte is searched."""

from pathlib import Path
from typing import Any

import pytest

from tests.e2e.voice_place import (
    BY_PHONE,
    KIM,
    PERSON,
    SlowTalker,
    VoicePlace,
    policy_of,
    voice_place,
)
from tests.e2e.voice_search import (
    SPANISH,
    Secret,
    aloud,
    everything_logged,
    found_in,
    hits_in,
    metrics_of,
    places_of,
)
from tests.emulators.replies import Reply
from tests.emulators.twilio.relay import Caller
from tests.emulators.twilio.transcription import Transcription

pytestmark = pytest.mark.slow

CARD, OTHER_CARD, HEARD_CARD = "4000001230005712", "4000001230015711", "4000001230025710"
PHONE, ACCOUNT, SSN = "4155550133", "73910482", "536904271"
IBAN = "GB33BUKB20201555555555"
"""From the standard's own examples."""
IBAN_ALOUD = f"G B {aloud('33')} B U K B {aloud(IBAN[8:])}"
HALVES = Secret("first half", OTHER_CARD[:8]), Secret("second half", OTHER_CARD[8:])
SECRETS = (
    Secret("own number", KIM.removeprefix("+")),
    Secret("card", CARD),
    Secret("card in halves", OTHER_CARD),
    *HALVES,
    Secret("card of the transcript", HEARD_CARD),
    Secret("phone", PHONE),
    Secret("account", ACCOUNT),
    Secret("social security", SSN),
    Secret("iban", IBAN.removeprefix("GB33BUKB"), (IBAN.lower(), "bukb")),
    Secret("email", words=("quennel@", "quennel at", "kim.quennel", "kim dot")),
    Secret("name", words=("ostrowmere",)),
    Secret("name in the transcript", words=("brackenfell",)),
    Secret("address", words=("thistlegarde",)),
    Secret("born", words=("march third", "march 3", "march, 3", "eighty seven", "eighty-seven")),
    Secret("password", words=("zanzibarque",)),
    Secret("code", "839162"),
    Secret("typed", "604178"),
)
SAID = (
    f"My card number is {aloud(CARD)}",
    f"Card {CARD[:4]} {CARD[4:8]} {aloud(CARD[8:])}",
    f"My phone number is {aloud(PHONE)}, is it the one that you have?",
    f"My account number is {aloud(ACCOUNT)}, what is wrong with it?",
    f"My social security number is {aloud(SSN)}",
    f"My IBAN is {IBAN_ALOUD}",
    "My email is kim dot quennel at example dot com, write to me",
    "Hi, my name is Kim Ostrowmere, where is my card?",
    "I live at 42 Thistlegarde Street, send it there please",
    "I was born on March third nineteen eighty seven, is that old enough?",
    "My password is zanzibarque, why does it not work?",
    f"The code that I got is {aloud('839162')}, what do I do with it?",
)


class Patient(SlowTalker):
    """A model that never says the same twice: who repeats himself hands over."""

    def _reply(self, body: dict[str, Any]) -> Reply:
        words = ("card", "letter", "account", "payment", "branch", "app", "fee", "limit")
        count = len(self.bodies)
        first, second = words[count % 8], words[count // 8 % 8]
        return Reply(f"Your {first} is fine, and so is the {second}. That is point {count}.")


async def hears_an_answer(place: VoicePlace, caller: Caller) -> None:
    """Hear out whatever comes."""
    await caller.hears_out()
    await place.rest()


async def tells_all(place: VoicePlace, caller: Caller) -> None:
    """Say everything, with partials, over two fragments, by keys, and into an answer."""
    for text in SAID:
        words = text.split()
        partials = tuple(" ".join(words[:count]) for count in range(4, len(words), 4))
        await caller.says(text, partials=partials)
        await hears_an_answer(place, caller)
    await caller.says(f"My card number is {aloud(OTHER_CARD[:8])}")
    await caller.says(f"and {aloud(OTHER_CARD[8:])}", is_over_it=True)
    await hears_an_answer(place, caller)
    await caller.presses("604178#")
    await hears_an_answer(place, caller)
    await caller.says("How do I freeze it?")
    await caller.interrupts(after="is fine")
    await caller.says(f"No, {aloud(CARD)}")
    await hears_an_answer(place, caller)


async def is_transcribed(place: VoicePlace, caller: Caller) -> None:
    """Ask for a person, and say more to that one."""
    await caller.says(f"{PERSON}, my card is {aloud(CARD)}")
    await caller.hears_out()
    await caller.until(lambda: caller.transferred_to)
    live = Transcription(caller.call)
    await live.starts()
    for track in ("inbound_track", "outbound_track"):
        await live.hears(track, f"It is {aloud(HEARD_CARD[:9])}", is_final=False)
        await live.hears(track, f"It is {aloud(HEARD_CARD)}, right?")
        await live.hears(track, "My name is Kim Brackenfell")
    await live.stops()
    # An event that belongs to nothing is kept sealed.
    await live.hears("inbound_track", f"Again, it is {aloud(HEARD_CARD)}")
    await place.side.transcripts.write()
    await place.rest()


async def is_answered_in_writing(place: VoicePlace, caller: Caller) -> None:
    """Ask for a person, who writes back what the caller has said."""
    await caller.says(f"{PERSON}, my card is {aloud(CARD)}")
    await hears_an_answer(place, caller)
    card = await place.claimed()
    await place.replies(card, f"Kim Ostrowmere with the card {CARD}, is it?")
    await caller.hears("is it?")
    await caller.says(f"Yes, and my phone number is {aloud(PHONE)}")
    await place.desk.said(card, "Yes, and my phone")
    await place.rest()


@pytest.mark.promise("P1", "V44", "V55")
@pytest.mark.parametrize("voice", [BY_PHONE, "voice: {filler_after_s: 0.5}"])
async def test_nothing_that_a_caller_says_is_left_in_clear_in_any_byte(
    tmp_path: Path, voice: str
) -> None:
    with everything_logged() as logged:
        async with (
            voice_place(tmp_path, policy_of(voice), Patient()) as place,
            place.called() as caller,
        ):
            await tells_all(place, caller)
            finishes = is_transcribed if voice == BY_PHONE else is_answered_in_writing
            await finishes(place, caller)
            await caller.hangs_up()
            await place.rest()
            kept = await place.said(caller)
            blobs = places_of(place, tmp_path, [caller])
            blobs["metrics"] = await metrics_of(place)
        blobs |= {f"after {at}": blob for at, blob in places_of(place, tmp_path, [caller]).items()}
    blobs["log"] = "\n".join(logged.lines).encode()

    assert len(blobs["log"]) > 10_000
    assert {"copilot.db", "copilot.db-wal", "cabinet.db"} <= set(blobs)
    assert "My card number is [CREDIT_CARD ****5712]" in kept
    assert hits_in(blobs, SECRETS) == []


@pytest.mark.parametrize(
    "written",
    [
        f"card {aloud(CARD)}.",
        f"tarjeta {aloud(CARD, SPANISH)}.",
        f"{CARD[:4]}, {CARD[4:8]} - {aloud(CARD[8:12])}\n{CARD[12:]}",
    ],
)
def test_the_search_finds_a_card_however_it_is_said(written: str) -> None:
    assert "card" in set(found_in(b"\0" + written.encode() + b"\xff", SECRETS))


def test_the_search_finds_short_codes_and_words() -> None:
    blob = f"x {aloud('839162')} y 604178, BUKB Ostrowmere kim dot quennel at".encode()

    found = set(found_in(blob, SECRETS))
    assert {"code", "typed", "iban", "name", "email"} <= found
    assert "code" not in set(found_in(b"1839162 0.839162 a839162", SECRETS))
