"""What calls work with; built once, in `bot/voice/open.py`."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bot.privacy.vault import VaultKey
from bot.services import Services
from bot.voice.calls import Calls
from bot.voice.events import VoiceSlow
from bot.voice.speaking.mouth import Align, Stream
from bot.voice.terms import VoiceTerms
from bot.waiting import is_set_within
from channels.base import Act, ConversationId
from channels.voice.turn_taking import Manners

Accept = Callable[[ConversationId, Act], Awaitable[object]]
Wait = Callable[[asyncio.Event, float], Awaitable[bool]]
"""Returns whether the event is set, waiting for it up to so many seconds."""


@dataclass(frozen=True, slots=True)
class VoiceParts:
    """One tenant's calls, wired."""

    services: Services
    accept: Accept
    """Tells the application what the caller has done."""
    calls: Calls
    terms: VoiceTerms
    stream: Callable[[str], Stream]
    """Makes speech of text, by locale."""
    align: Align
    with_digits: Callable[[str, str], str]
    """Writes spoken digits as digits, by locale."""
    scratch_key: VaultKey
    """Of vaults that are thrown away."""
    slow: Callable[[VoiceSlow], None]
    """Is told of a call that was over budget."""
    wait: Wait = is_set_within

    @property
    def manners(self) -> Manners:
        """How long everything takes."""
        return Manners(
            filler_after_s=self.terms.filler_after_s,
            silence_s=self.terms.silence_s,
            hold_s=self.terms.silence_s,
        )
