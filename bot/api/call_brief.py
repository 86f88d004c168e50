"""What a call starts from, in the words of a turn: so its records are those of a turn. Pure."""

from bot.humans.escalation import Standing
from bot.stores.base import Head
from bot.turns.brief import Brief
from channels.base import ConversationId
from routing.decision import Decision, Guess
from routing.request import Request

CHANNEL = "api"


def brief_of(request: Request, guess: Guess, decision: Decision, is_sandbox: bool) -> Brief:
    """Return a call as the only turn of a conversation that is closed: no bot ever answers it."""
    conversation = ConversationId(request.conversation)
    return Brief(
        head=Head(conversation, request.tenant, CHANNEL, "", request.locale, is_open=False),
        number=1,
        trace_id=request.trace_id,
        covers_seq=0,
        question=request.messages[-1].text,
        standing=Standing(),
        earlier=frozenset(),
        path=None,
        guess=guess,
        request=request,
        decision=decision,
        is_sandbox=is_sandbox,
    )
