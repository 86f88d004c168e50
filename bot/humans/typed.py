"""What a human has typed, without personal data; the originals are in the vault before use."""

from bot.errors import StoreFailed
from bot.humans.human import Human
from bot.privacy.redact import Hints
from bot.services import Services
from bot.stores.base import Write
from channels.base import ConversationId
from routing.request import Redacted


async def cleaned(
    services: Services,
    conversation: ConversationId,
    human: Human,
    text: str,
    is_draft: bool = False,
) -> Redacted:
    """Return a text as it may be kept.

    Args:
        services: of the application.
        conversation: that it is about.
        human: who wrote it; his name is nobody's secret.
        text: as he typed it.
        is_draft: it began as our draft, whose placeholders are meant: they stay.

    Raises:
        StoreFailed: the disk failed, or there is no such conversation.
    """
    vault = await services.vaults.of(conversation)
    hints = Hints(public=human.name, keeps_placeholders=is_draft)
    clean = services.redactor.redact(text, vault, hints)
    new = vault.take_new()
    if new:
        try:
            await services.scribe.write(Write(conversation, services.clock.now(), vault=new))
        except StoreFailed:
            vault.put_back(new)
            raise
    return clean
