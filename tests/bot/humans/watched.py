"""A stage with somebody who watches over a customer who has asked for a human."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from bot.humans.handoff import Reply
from bot.humans.human import named
from bot.humans.sla_watch import SlaWatch
from bot.humans.tickets import KeptTickets
from bot.log import Author, MessageEnded
from bot.privacy.redact import fixed
from bot.stores.base import AuditAfter, Store
from channels.base import Opening, WantsHuman
from tests.bot.stage import ANSWER, Stage, says, staged

DANA = named("Dana")


@dataclass
class Watched:
    """A stage with one who watches, and a customer who has asked for a human."""

    stage: Stage
    watch: SlaWatch

    async def at(self, seconds: float) -> None:
        """Turn the clock to so long after the beginning, look, and send what is due."""
        self.stage.ahead.by = timedelta(seconds=seconds)
        await self.watch.look()
        await self.stage.services.outbox.send_due()

    async def rungs(self) -> list[str]:
        """Return the rungs that were done, in order."""
        entries = await self.stage.services.store.find(AuditAfter())
        return [one.action[4:] for one in entries if one.action.startswith("sla.")]

    def calls(self) -> list[str]:
        """Return whom the desk was told to call."""
        return [line.calls for line in self.stage.desk.lines if line.calls]

    async def told(self) -> list[str]:
        """Return what the system has said to the customer."""
        ended = [event.body for event in await self.stage.events()]
        bodies = [body for body in ended if isinstance(body, MessageEnded)]
        return [body.text for body in bodies if body.author is Author.SYSTEM]

    async def speaks(self) -> None:
        """Let Dana say something, who has claimed it."""
        reply = Reply(fixed("Hello, I am here."))
        await self.stage.handoffs.reply(self.stage.conversation, DANA, reply)


def watch_of(stage: Stage, most: int = 5_000) -> SlaWatch:
    tickets = KeptTickets(stage.services.scribe, stage.services.clock)
    return SlaWatch(stage.services, stage.manager.wake, tickets, most)


@asynccontextmanager
async def watched(
    folder: Path, locale: str = "en", store: Store | None = None
) -> AsyncIterator[Watched]:
    async with staged(folder, [says(ANSWER), says(ANSWER)], store=store) as stage:
        opened = await stage.reception.open(Opening("pk_demo", "", None, locale))
        stage = replace(stage, conversation=opened.conversation)
        await stage.act(WantsHuman())
        await stage.until_idle()
        yield Watched(stage, watch_of(stage))
