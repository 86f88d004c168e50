"""What is asked of a model: redacted text, grounding passages, limits."""

from dataclasses import dataclass
from enum import Enum
from typing import NewType

Redacted = NewType("Redacted", str)
"""Text without personal data; only `bot/privacy/redact.py` (or the library's user) makes one."""
NOTHING = Redacted("")


def derived(text: str) -> Redacted:
    """Return text that was made of redacted text alone, and so holds no personal data either.

    A part of it, what a model wrote about it, or words of ours around it.
    """
    return Redacted(text)


TenantId = NewType("TenantId", str)
ModelName = NewType("ModelName", str)
"""A name of the policy, such as `claude-haiku-4.5`; the price book knows the vendor's id."""


class Role(Enum):
    """Who said a message of the prompt."""

    CUSTOMER = "user"
    BOT = "assistant"


@dataclass(frozen=True, slots=True)
class Tool:
    """Something that a model may ask to be done."""

    name: str
    description: str
    schema: str
    """JSON schema of the arguments, an object, as JSON text."""


@dataclass(frozen=True, slots=True)
class ToolCall:
    """What a model asks to be done."""

    id: str
    """The vendor's, to pair the result with."""
    name: str
    arguments: Redacted
    """A JSON object, whole, as the model wrote it; not yet checked against the schema."""


@dataclass(frozen=True, slots=True)
class ToolResult:
    """What came of a call."""

    call_id: str
    text: Redacted
    is_error: bool = False


@dataclass(frozen=True, slots=True)
class Message:
    """One message of the conversation, as a model sees it."""

    role: Role
    text: Redacted
    calls: tuple[ToolCall, ...] = ()
    """Of the bot's message: what it asked for after its text."""
    results: tuple[ToolResult, ...] = ()
    """Of the customer's message: what the calls of the message before came to; one for each."""


class Need(Enum):
    """What a request asks of a model besides text."""

    TOOLS = "tools"
    VISION = "vision"
    JSON = "json"
    """Answers that follow a JSON schema."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of the knowledge base that may ground the answer."""

    id: str
    title: str
    url: str
    """Empty when the article has no public address."""
    text: Redacted
    score: float
    """Relevance to the question in [0, 1]; comparable within one search only."""


@dataclass(frozen=True, slots=True)
class Request:
    """One turn to be answered: everything a model may know about it."""

    tenant: TenantId
    conversation: str
    turn: int
    """Number of the turn, from 1."""
    system: Redacted
    messages: tuple[Message, ...]
    """Oldest first; the last one is the customer's."""
    passages: tuple[Passage, ...] = ()
    """Best first. A vendor's model finds them, delimited as data, after its system prompt."""
    max_output_tokens: int = 400
    locale: str = "en"
    channel: str = "web"
    trace_id: str = ""
    metadata: tuple[tuple[str, str], ...] = ()
    """Free pairs; the sandbox reads `fault` from here."""
    tools: tuple[Tool, ...] = ()
    answer_schema: str = ""
    """JSON schema that the whole answer must follow, as JSON text; empty for free text."""
    advice: Redacted = NOTHING
    """What a stronger model thinks of the question; the answering model sees it, nobody else."""
    counsel: str = ""
    """Vendor's id of an advisor that the answering model may consult by itself, where its vendor
    has a tool for that; empty for none."""
    said: Redacted = NOTHING
    """What the customer has been shown of this answer already: the model goes on exactly there."""
    can_retract: bool = True
    """Whether the channel can take back what was shown."""


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens billed for one attempt; the five counts are disjoint."""

    input_tokens: int = 0
    """Neither read from nor written to the vendor's prompt cache."""
    output_tokens: int = 0
    """Including reasoning."""
    cache_read_tokens: int = 0
    cache_write_tokens: int = 0
    cache_write_1h_tokens: int = 0
    estimated: bool = False
    """True when the vendor did not report it and it was counted from the text."""
