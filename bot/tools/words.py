"""The redactor as a run with tools wants it."""

from bot.privacy.kinds import REPLY
from bot.privacy.redact import Redactor, joined
from bot.privacy.vault import Vault
from routing.agent.words import Words
from routing.request import Redacted


def words_for(redactor: Redactor, vault: Vault) -> Words:
    """Return what cleans the texts of a run in one conversation."""

    def redact(text: str) -> Redacted:
        return redactor.redact(text, vault, REPLY)

    return Words(redact, joined)
