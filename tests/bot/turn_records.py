"""Records of turns as the product writes them, for the tests of what is billed."""

import json
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from bot.canonical import canonical
from bot.humans.escalation import Standing
from bot.stores.base import Head, Record
from bot.turns.brief import Brief
from bot.turns.records import turn_record
from channels.base import ConversationId
from routing.decision import Attempt, Guess, Purpose
from routing.errors import FailureKind
from routing.request import ModelName, Redacted, TenantId, Usage
from tests.bot.stores.samples import NOW
from tests.routing.samples import HAIKU


def tried(
    model: ModelName = HAIKU,
    cost: str = "0.001",
    purpose: Purpose = Purpose.ANSWER,
    failed: FailureKind | None = None,
    usage: Usage | None = None,
) -> Attempt:
    return Attempt(
        model, 1, usage or Usage(100, 20), Decimal(cost), failed, 0.1, 0.2, 80, "", purpose
    )


def turn(
    *attempts: Attempt,
    intent: str = "fees",
    channel: str = "web",
    tenant: str = "aurelis",
    at: datetime = NOW,
    trace: str = "t1",
) -> Record:
    head = Head(ConversationId("c-one"), TenantId(tenant), channel, "", "en")
    brief = Brief(
        head=head,
        number=1,
        trace_id=trace,
        covers_seq=1,
        question=Redacted("What does it cost?"),
        standing=Standing(),
        earlier=frozenset(),
        path=None,
        guess=Guess(intent, 0.9, "linear"),
    )
    return turn_record(brief, "answered", "", attempts, at)


def simulated(record: Record) -> Record:
    fields = json.loads(record.json) | {"is_sandbox": True}
    return replace(record, json=canonical(fields))
