"""What is known before a turn is answered: read from the log, looked up, decided."""

import uuid
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import assert_never

from bot.fixed.courtesies import Courtesy, courtesy_of
from bot.fixed.frustration import is_frustrated
from bot.fixed.texts import Said, text_for
from bot.fixed.topics import Topic, asks_for_human, topic_of
from bot.humans.escalation import OFFERS, Reason, Standing
from bot.humans.notes import MOST_NOTES, NOTE, told_to_bot
from bot.log import Author, ChoicesOffered, Event, MessageEnded
from bot.privacy.redact import fixed, joined, published
from bot.services import Services
from bot.stores.base import EventsOfType, Head, Owner, RecordsOf
from bot.transcript import (
    SPOKEN_TYPES,
    Line,
    burst_last,
    burst_of,
    earlier_answers,
    is_only_files,
    lines_of,
    messages_of,
    recap,
    said_before,
    words_of,
)
from bot.turns.ending import ONLY_FILES, Courteous, FixedPath, Path
from bot.turns.looked_up import looked_up
from bot.turns.medium import can_retract_on, style_on
from bot.turns.remembered import TURN, last_model
from routing.decision import Attempt, Decision, Guess
from routing.models.extract import query_of
from routing.policy.policy import Rule
from routing.request import NOTHING, Message, ModelName, Passage, Redacted, Request, Role

MOST_EVENTS = 120
"""How many events of the log a turn looks back."""
MOST_TURNS = 8
"""How many turns it looks back for the model that answered."""
DECLINE_HUMAN = "bot"
"""Id of the choice that goes on without a person."""

SYSTEM = fixed(
    "You are the customer-support assistant of the company named below. Answer the customer's last "
    "message in the customer's language, in at most 120 words, plainly and warmly. Never promise "
    "that something was or will be done. Never ask for card numbers, codes or passwords."
)
WAITING = fixed(
    "The customer is waiting for a human colleague, who has already been asked: answer new "
    "questions, promise nothing about the colleague."
)
FILES = fixed(
    "A line such as [file: statement.pdf] stands for a file that the customer sent. You cannot see "
    "what is in it: never guess; say that a human colleague can read it."
)


@dataclass(frozen=True, slots=True)
class Brief:
    """Everything one turn starts from."""

    head: Head
    number: int
    trace_id: str
    covers_seq: int
    """Seq of the last customer message that this turn answers."""
    question: Redacted
    """The burst as one text."""
    standing: Standing
    earlier: frozenset[str]
    """What the bot has already said in this episode, normalised."""
    path: Path | None
    guess: Guess | None = None
    request: Request | None = None
    decision: Decision | None = None
    is_sandbox: bool = False
    """Simulated, never billed: made with a test key, or where every model is simulated."""
    beside: tuple[Attempt, ...] = ()
    """Calls made to know what the turn is about; on its bill."""
    reused: float | None = None
    """How alike, in [0, 1], the question was whose answer was given again; None for a new one."""
    left_out: tuple[str, ...] = ()
    """What the prompt had no room for, in words."""
    edition: str = ""
    """Of the articles that the passages are from."""
    is_plain: bool = False
    """The question stands alone: no earlier episode, nobody waiting, no file, no note."""

    is_frustrated: bool = False
    """The customer's patience runs out."""

    @property
    def beside_usd(self) -> Decimal:
        """What the calls beside the answer have cost."""
        return sum((attempt.cost_usd for attempt in self.beside), Decimal(0))

    @property
    def public(self) -> str:
        """What the company has published on this: nobody's personal data."""
        passages = self.request.passages if self.request is not None else ()
        return "\n".join(passage.text for passage in passages)


async def brief_for(services: Services, head: Head, number: int) -> Brief | None:
    """Return what the turn starts from; None when every message has been answered.

    Raises:
        StoreFailed: the log could not be read.
        NoModelLeft: not even the offline model is configured.
    """
    events = await services.store.find(
        EventsOfType(
            head.conversation,
            (*SPOKEN_TYPES, ChoicesOffered.TYPE),
            MOST_EVENTS,
        )
    )
    lines = lines_of(events)
    burst = burst_of(lines, head.answered_seq)
    if not burst:
        return None
    question = words_of(burst)
    guess = services.router.classify(question)
    standing = _standing(head, events)
    brief = Brief(
        head=head,
        number=number,
        trace_id=uuid.uuid4().hex,
        covers_seq=burst[-1].seq,
        question=question,
        standing=standing,
        earlier=earlier_answers(lines, head.episode),
        path=ONLY_FILES if is_only_files(burst) else _fixed_path(services, question, guess),
        guess=guess,
        is_sandbox=services.is_sandbox,
        is_frustrated=_is_frustrated(lines, head.episode),
    )
    if brief.path is None and not standing.is_waiting:
        brief = replace(brief, path=_courteous(question, events, burst[0].seq, head.locale))
    return brief if brief.path else await _decided(services, brief, lines)


async def _decided(services: Services, brief: Brief, lines: tuple[Line, ...]) -> Brief:
    head, router = brief.head, services.router
    assert brief.guess is not None
    query = query_of(brief.question, said_before(lines, head.answered_seq, head.episode))
    found = await services.knowledge.look_up(head.tenant, query)
    understood = await router.understand(about(brief), brief.guess)
    asked = "yes" if understood.attempts else "no"
    services.metrics.classified.labels(understood.guess.layer, asked).inc()
    brief = replace(brief, guess=understood.guess, beside=understood.attempts)
    rule = services.tenant.policy.rule_for(understood.guess.intent)
    if rule.handoff:
        return replace(brief, path=FixedPath(Reason.POLICY, Said.HANDED_OVER))
    notes = await notes_for(services, head)
    whole = _request(services, brief, lines, found.passages)
    known = await looked_up(services, head)
    if known:
        burst = len(burst_of(lines, head.answered_seq))
        before, now = whole.messages[:-burst], whole.messages[-burst:]
        whole = replace(whole, messages=(*before, *known, *now))
    if notes is not None:
        whole = replace(whole, system=joined((whole.system, notes), "\n"))
    fitted = router.packed(whole, understood.guess, brief.beside_usd)
    decision = router.decide(
        replace(fitted.request, tools=services.tools.allowed(rule.agent.tools))
        if rule.agent
        else fitted.request,
        understood.guess,
        await _previous(services, head, rule),
        None if rule.agent else fitted.input_tokens,
        brief.beside_usd,
    )
    return replace(
        brief,
        request=fitted.request,
        decision=decision,
        left_out=fitted.left_out,
        edition=found.edition,
        is_plain=notes is None and not known and _is_plain(head, lines),
    )


def about(brief: Brief) -> Request:
    """Return the turn as the classifying model may know it: the question alone."""
    head = brief.head
    return Request(
        tenant=head.tenant,
        conversation=head.conversation,
        turn=brief.number,
        system=NOTHING,
        messages=(Message(Role.CUSTOMER, brief.question),),
        locale=head.locale,
        channel=head.channel,
        trace_id=brief.trace_id,
    )


async def notes_for(services: Services, head: Head) -> Redacted | None:
    """Return what humans have noted, for the model; nobody notes before the floor has moved."""
    if head.epoch == 1:
        return None
    query = RecordsOf(NOTE, conversation=head.conversation, limit=MOST_NOTES)
    return told_to_bot(await services.store.find(query), head.episode)


async def _previous(services: Services, head: Head, rule: Rule) -> ModelName | None:
    """Return the model that answered last in this conversation, where it can make a difference."""
    if head.turn == 0 or len(rule.models) < 2:
        return None
    query = RecordsOf(TURN, conversation=head.conversation, limit=MOST_TURNS)
    return last_model(await services.store.find(query))


def _is_plain(head: Head, lines: tuple[Line, ...]) -> bool:
    is_waiting = head.owner is Owner.QUEUE
    has_files = any(line.attachments for line in lines)
    return not is_waiting and not has_files and recap(lines, head.episode) is None


def _is_frustrated(lines: tuple[Line, ...], episode: int) -> bool:
    his = (line for line in lines if line.episode == episode and line.author is Author.CUSTOMER)
    return is_frustrated([line.words for line in his])


def _standing(head: Head, events: tuple[Event, ...]) -> Standing:
    return Standing(
        is_waiting=head.owner is Owner.QUEUE,
        was_offered=any(
            event.episode == head.episode
            and isinstance(event.body, ChoicesOffered)
            and any(choice.id in OFFERS for choice in event.body.items)
            for event in events
        ),
    )


def _fixed_path(services: Services, question: Redacted, guess: Guess) -> FixedPath | None:
    topic = topic_of(question)
    if topic is not None and topic in services.tenant.topics:
        return FixedPath(Reason.SENSITIVE_TOPIC, _said_for(topic))
    if asks_for_human(question):
        return FixedPath(Reason.EXPLICIT_REQUEST, Said.HANDED_OVER)
    if services.tenant.policy.rule_for(guess.intent).handoff:
        return FixedPath(Reason.POLICY, Said.HANDED_OVER)
    return None


def _courteous(
    question: Redacted, events: tuple[Event, ...], since: int, locale: str
) -> Path | None:
    """Return how a message is answered that is nothing but courtesy; None for any other.

    A plain yes or no is about what was said before it: an offer of a human, which it takes or
    declines, or a question of a model's, which only a model can go on from.
    """
    courtesy = courtesy_of(question)
    last = next((event.body for event in reversed(events) if event.seq < since), None)
    offers = last.items if isinstance(last, ChoicesOffered) else ()
    is_offered = any(choice.id in OFFERS for choice in offers)
    ours = [text_for(said, locale) for said in (Said.WELCOME, Said.HELLO, Said.GO_ON)]
    asked = last.text if isinstance(last, MessageEnded) and last.text not in ours else ""
    match courtesy:
        case None:
            return None
        case Courtesy.THANKS:
            return Courteous(Said.WELCOME)
        case Courtesy.GREETING:
            return Courteous(Said.HELLO)
        case Courtesy.GOODBYE:
            return Courteous(Said.GOODBYE)
        case Courtesy.YES | Courtesy.NO if asked.rstrip().endswith("?"):
            return None
        case Courtesy.YES if is_offered:
            return FixedPath(Reason.EXPLICIT_REQUEST, Said.HANDED_OVER)
        case Courtesy.NO if not is_offered:
            return Courteous(Said.GOODBYE)
        case Courtesy.YES | Courtesy.NO:
            return Courteous(Said.GO_ON)
        case _:
            assert_never(courtesy)


def _said_for(topic: Topic) -> Said:
    match topic:
        case Topic.SELF_HARM:
            return Said.SELF_HARM
        case Topic.FRAUD:
            return Said.FRAUD
        case _:
            return Said.SENSITIVE


def _request(
    services: Services, brief: Brief, lines: tuple[Line, ...], passages: tuple[Passage, ...]
) -> Request:
    head, tenant = brief.head, services.tenant
    rule = tenant.policy.rule_for(brief.guess.intent if brief.guess else "default")
    return Request(
        tenant=head.tenant,
        conversation=head.conversation,
        turn=brief.number,
        system=_system(services, head, lines),
        messages=messages_of(burst_last(lines, burst_of(lines, head.answered_seq)), head.episode),
        passages=passages,
        max_output_tokens=rule.max_output_tokens,
        locale=head.locale,
        channel=head.channel,
        trace_id=brief.trace_id,
        can_retract=can_retract_on(head.channel),
    )


def _system(services: Services, head: Head, lines: tuple[Line, ...]) -> Redacted:
    parts = [SYSTEM, published(f"Company: {services.tenant.brand}")]
    style = style_on(head.channel)
    if style:
        parts.append(style)
    if head.owner is Owner.QUEUE:
        parts.append(WAITING)
    if any(line.attachments for line in lines if line.episode == head.episode):
        parts.append(FILES)
    before = recap(lines, head.episode)
    if before is not None:
        question, answer = before
        parts.append(joined((fixed("Earlier, the customer asked: "), question)))
        parts.append(joined((fixed("and was told: "), answer)))
    return joined(parts, "\n")
