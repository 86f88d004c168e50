"""The redactor as a run with tools wants it."""

from bot.kinds import REPLY
from bot.redact import Redactor, joined
from bot.vault import Vault
from routing.agent.words import Words
from routing.request import Redacted


def words_for(redactor: Redactor, vault: Vault) -> Words:
    """Return what cleans the texts of a run in one conversation."""

    def redact(text: str) -> Redacted:
        return redactor.redact(text, vault, REPLY)

    return Words(redact, joined)
