"""A call that is written down is read, and played as it is written."""

from collections.abc import Mapping
from typing import Any

import pytest

from tests.emulators.relay_app import App, Sent, on_the_phone, relay_twiml, words
from tests.emulators.twilio.script import (
    Happens,
    Hears,
    Interrupts,
    Keys,
    Noted,
    Says,
    ScriptError,
    Starts,
    Waits,
    fits,
    played,
    read_script,
)

EVERYTHING = """
# A remark.

> What does it cost?
> (says) What does | What does it | What does it cost?
> (says over it) Yes, yes
> (starts) What
> (interrupts after "one euro") And for two?
> (interrupts)
> (keys) 12#
~ 20 seconds
~ 1 minute
< It costs ... euro.
> (drops)
> (connects again)
> (hangs up)
! transferred: +15550199
! source: Cards
"""
CALL = """
< Hello...
> (says) What does | What does a card cost?
> (interrupts after "one euro") And two?
< Two cards cost two euros.
> (keys) 1
~ 2 seconds
> (drops)
! failed
> (connects again)
> A person please
! ended
< One moment.
! transferred: +1555...
"""


def test_every_kind_of_line_is_read() -> None:
    assert read_script(EVERYTHING) == (
        Says("What does it cost?"),
        Says("What does it cost?", ("What does", "What does it")),
        Says("Yes, yes", is_over_it=True),
        Starts("What"),
        Interrupts("one euro", "And for two?"),
        Interrupts("", ""),
        Keys("12#"),
        Waits(20.0),
        Waits(60.0),
        Hears("It costs ... euro."),
        Happens("drops"),
        Happens("connects again"),
        Happens("hangs up"),
        Noted("transferred: +15550199"),
        Noted("source: Cards"),
    )


@pytest.mark.parametrize(
    "line",
    ["hello", "> (shouts) hello", "> (keys) 12a", "> (says)", '> (says after "x") y', "~ a while"],
)
def test_any_other_line_is_refused(line: str) -> None:
    with pytest.raises(ScriptError):
        read_script(line)


def test_dots_stand_for_anything() -> None:
    assert fits("It costs ... euro.", " It  costs one euro.")
    assert not fits("It costs ... euro.", "It costs one euro. And more")


async def test_a_call_goes_as_it_is_written() -> None:
    more = 'dtmfDetection="true" partialPrompts="true"'
    dial = "<Response><Say>One moment.</Say><Dial>+15550199</Dial></Response>"
    app = App(
        relay_twiml("Hello, how can I help?", more), [relay_twiml(more=more), dial], answers=answers
    )
    async with on_the_phone(app) as caller:
        steps = await played(caller, CALL)

        assert [frame["voicePrompt"] for frame in app.of("prompt") if frame["last"]] == [
            "What does a card cost?",
            "And two?",
            "A person please",
        ]
        assert app.of("interrupt")[0]["utteranceUntilInterrupt"] == "A card costs one euro"
        assert steps[2].heard == "A card costs one euro"
        assert steps[3].first_token_after_s is not None


async def test_something_else_that_is_heard_is_an_error() -> None:
    async with on_the_phone(App(answers=answers)) as caller:
        with pytest.raises(AssertionError, match="was heard, not"):
            await played(caller, "> What does a card cost?\n< costs one euro")


def answers(frame: Mapping[str, Any]) -> list[Sent]:
    match frame:
        case {"type": "prompt", "last": True, "voicePrompt": "What does a card cost?"}:
            return words("A card costs one euro and comes in five days.")
        case {"type": "prompt", "last": True, "voicePrompt": "And two?"}:
            return words("Two cards cost two euros.")
        case {"type": "prompt", "last": True}:
            return [{"type": "end", "handoffData": "h-1"}]
        case _:
            return []
