"""The slash command, read. Pure."""

import re
from dataclasses import dataclass

COMMAND = "/support"
HELP = f"""\
*{COMMAND} status* - how many wait, and for how long
*{COMMAND} take* - claim who has waited longest; *take ID* claims that conversation
*{COMMAND} note TEXT* - a note on the conversation that you have; the customer never sees it
*{COMMAND} done* - resolve the conversation that you have; *done ID* if you have several
*{COMMAND} pause bot* - take over, so that the bot is silent; *pause bot ID* for any conversation
*{COMMAND} who* - who has what
*{COMMAND} transcript* - what was said so far, as a file under the card; *transcript ID*"""
MOST_NOTE = 8_000
_ID = re.compile(r"[A-Za-z0-9_:.\-]{1,200}")


@dataclass(frozen=True, slots=True)
class Status:
    """How many wait."""


@dataclass(frozen=True, slots=True)
class Take:
    """Claim a conversation; empty for the one that has waited longest."""

    conversation: str = ""


@dataclass(frozen=True, slots=True)
class KeepNote:
    """Note something on the conversation that the human has."""

    text: str


@dataclass(frozen=True, slots=True)
class Done:
    """Resolve a conversation; empty for the one that the human has."""

    conversation: str = ""


@dataclass(frozen=True, slots=True)
class PauseBot:
    """Take a conversation over from the bot; empty for the one that is looked at."""

    conversation: str = ""


@dataclass(frozen=True, slots=True)
class Who:
    """Who has what."""


@dataclass(frozen=True, slots=True)
class Transcript:
    """Put the transcript into the thread; empty for the conversation that the human has."""

    conversation: str = ""


@dataclass(frozen=True, slots=True)
class Help:
    """It was not understood, or help was asked for."""

    text: str = HELP


Asked = Status | Take | KeepNote | Done | PauseBot | Who | Transcript | Help


def asked(text: str) -> Asked:
    """Return what somebody wrote behind the command; whatever is unclear gets the help text."""
    word, _, rest = text.strip().partition(" ")
    if word.lower() == "note":
        note = rest.strip()
        return KeepNote(note[:MOST_NOTE]) if note else Help()
    match [word.lower(), *rest.split()]:
        case ["status"]:
            return Status()
        case ["who"]:
            return Who()
        case ["take"]:
            return Take()
        case ["take", conversation] if _ID.fullmatch(conversation):
            return Take(conversation)
        case ["done"]:
            return Done()
        case ["done", conversation] if _ID.fullmatch(conversation):
            return Done(conversation)
        case ["transcript"]:
            return Transcript()
        case ["transcript", conversation] if _ID.fullmatch(conversation):
            return Transcript(conversation)
        case ["pause", bot] if bot.lower() == "bot":
            return PauseBot()
        case ["pause", bot, conversation] if bot.lower() == "bot" and _ID.fullmatch(conversation):
            return PauseBot(conversation)
        case _:
            return Help()
