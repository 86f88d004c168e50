"""What stays of a message that the customer has spoken into: what he has heard of it."""

from dataclasses import replace

from bot.bus import HeardOnly
from bot.canonical import canonical
from bot.log import MessageEnded
from bot.privacy.kinds import REPLY
from bot.privacy.redact import stored
from bot.services import Services
from bot.stores.base import AuditDraft, Draft, EventsOfType, Head, Write

MOST_EVENTS = 40
"""How many messages back the interrupted one is looked for."""
INTERRUPTED = "interrupted"


async def keep_heard(services: Services, head: Head, fence: int, heard: HeardOnly) -> None:
    """Have the log say what was heard of a message that has ended; nothing for any other.

    `fence` is that of whoever writes. The beginning of the message is kept as the log has it,
    anything else is redacted first.

    Raises:
        StaleFence: another process owns the conversation.
        StoreFailed: the disk failed.
    """
    ended = await _ended(services, head, heard.message_id)
    said = heard.heard if heard.heard.strip() else ""
    if ended is None or ended.text == said:
        return
    vault = await services.vaults.of(head.conversation)
    if ended.text.startswith(said):
        text = stored(said)
    else:
        hints = replace(REPLY, public=ended.text, locale=head.locale)
        text = services.redactor.redact(said, vault, hints)
    corrected = replace(ended, text=text, status=INTERRUPTED, citations=())
    fields = {"conversation": head.conversation, "message": heard.message_id}
    sealed = vault.take_new()
    await services.scribe.write(
        Write(
            head.conversation,
            services.clock.now(),
            events=(Draft(corrected, "customer", ended.trace_id),),
            fence=fence,
            vault=sealed,
            audit=(AuditDraft(head.tenant, "interrupted", canonical(fields)),),
        )
    )


async def _ended(services: Services, head: Head, message_id: str) -> MessageEnded | None:
    query = EventsOfType(head.conversation, (MessageEnded.TYPE,), MOST_EVENTS)
    for event in reversed(await services.store.find(query)):
        if isinstance(event.body, MessageEnded) and event.body.message_id == message_id:
            return event.body
    return None
