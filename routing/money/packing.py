"""A request made to fit a number of input tokens, and what had to be left out for it; pure."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from routing.deciding.fit import EXPECTED_OUTPUT_TOKENS, LEAST_OUTPUT_TOKENS
from routing.models.sentences import sentences
from routing.money.prices import MILLION, UNLIMITED, Price
from routing.policy.policy import Rule
from routing.prompting.prompt import prompt_tokens
from routing.request import Message, Passage, Request, Role, derived


@dataclass(frozen=True, slots=True)
class Packed:
    """A request that has been made to fit, or that needed nothing."""

    request: Request
    input_tokens: int
    """Its upper estimate, as `prompt_tokens` counts."""
    left_out: tuple[str, ...] = ()
    """In words, such as `the 3 oldest turns`; empty when everything is there."""


def packed(request: Request, rule: Rule, prices: Iterable[Price], left_usd: Decimal) -> Packed:
    """Return the request as the most affordable of these models can read and answer it.

    There shall be money for an answer of usual length; when the prompt cannot be made short enough
    for that, for the shortest useful one. A request that cannot be made to fit stays whole: then
    only a local model can answer, and it needs every passage.

    Args:
        request: everything that could be sent.
        rule: of the turn; says how long an answer may be.
        prices: of the models that can be asked at all; local ones are free and do not count.
        left_usd: of the turn's cap.
    """
    tokens = prompt_tokens(request)
    paid = [price for price in prices if not price.is_local and price.max_output_tokens]
    whole = Packed(request, tokens)
    if not paid:
        return whole
    for output_tokens in (EXPECTED_OUTPUT_TOKENS, LEAST_OUTPUT_TOKENS):
        wanted = min(output_tokens, rule.max_output_tokens)
        room = max(room_of(price, left_usd, wanted) for price in paid)
        if tokens <= room:
            return whole
        smaller = packed_into(request, room)
        if smaller is not None:
            return smaller
    return whole


def packed_into(request: Request, room_tokens: int) -> Packed | None:
    """Return the request within so many input tokens; None when that cannot be done.

    First the oldest turns go, then the passages from the last on; the best passage is shortened at
    the end of a sentence. The system text, the customer's last message and whatever follows it
    always stay, and a call of a tool stays or goes together with its results.
    """
    stages = Stages(request)
    first = bisect_left(
        range(stages.count), True, key=lambda n: prompt_tokens(stages.at(n)) <= room_tokens
    )
    if first == stages.count:
        return None
    smaller = stages.at(first)
    return Packed(smaller, prompt_tokens(smaller), stages.left_out(first))


def room_of(price: Price, left_usd: Decimal, output_tokens: int) -> int:
    """Return how long a prompt a model can read, leaving room and money for such an answer.

    In usual tokens, as `prompt_tokens` counts; 0 when there is no room at all.
    """
    room = price.context_tokens - output_tokens
    own = min(room, most_input_tokens(left_usd, price, output_tokens))
    return max(0, own * 100 // price.token_percent)


def most_input_tokens(left_usd: Decimal, price: Price, least_output: int) -> int:
    """Return how many tokens of prompt the money pays for besides such an answer, in own tokens.

    Of a price with tiers the answer holds for the whole prompt: one that is longer than a border
    pays the dearer rates for every token.
    """
    most = 0
    borders = [tier.above_tokens for tier in price.tiers[1:]]
    for tier, border in zip(price.tiers, (*borders, UNLIMITED), strict=True):
        left = left_usd * MILLION - least_output * tier.rates.output
        if left < 0:
            continue
        affordable = int(left // tier.rates.input) if tier.rates.input else UNLIMITED
        if affordable > tier.above_tokens or tier.above_tokens == 0:
            most = max(most, min(affordable, border))
    return most


class Stages:
    """A request, smaller from stage to stage: at stage 0 whole, at the last as small as it gets."""

    def __init__(self, request: Request) -> None:
        self._request = request
        self._turns = turns_of(request.messages)
        self._passages = request.passages
        best = request.passages[:1]
        self._ends = sentence_ends(best[0].text)[:-1] if best else ()
        self._most_turns = len(self._turns) - 1 if self._turns else 0
        self._most_passages = max(0, len(self._passages) - 1)

    @property
    def count(self) -> int:
        """How many stages there are; at least one."""
        return self._most_turns + self._most_passages + len(self._ends) + 1

    def at(self, stage: int) -> Request:
        """Return the request at a stage, below `count`."""
        turns, passages, cuts = self._gone(stage)
        kept = self._passages[: len(self._passages) - passages]
        if cuts:
            kept = (_shortened(kept[0], self._ends[-cuts]),)
        messages = tuple(message for turn in self._turns[turns:] for message in turn)
        return replace(self._request, messages=messages, passages=kept)

    def left_out(self, stage: int) -> tuple[str, ...]:
        """Return what is missing at a stage, in words."""
        turns, passages, cuts = self._gone(stage)
        words = []
        if turns:
            words.append("the oldest turn" if turns == 1 else f"the {turns} oldest turns")
        if passages:
            plural = "passage" if passages == 1 else f"{passages} passages"
            words.append(f"the last {plural} of {len(self._passages)}")
        if cuts:
            words.append("the end of the best passage")
        return tuple(words)

    def _gone(self, stage: int) -> tuple[int, int, int]:
        """Return how many turns, passages and ends of sentences are gone at a stage."""
        turns = min(stage, self._most_turns)
        passages = min(stage - turns, self._most_passages)
        return turns, passages, stage - turns - passages


def turns_of(messages: Sequence[Message]) -> tuple[tuple[Message, ...], ...]:
    """Return the messages turn by turn; what the bot says first is a turn of its own.

    A turn begins where the customer speaks after the bot: results of tools are no speech.
    """
    turns: list[list[Message]] = []
    was_speech = False
    for message in messages:
        is_speech = message.role is Role.CUSTOMER and not message.results
        if not turns or (is_speech and not was_speech):
            turns.append([])
        turns[-1].append(message)
        was_speech = is_speech
    return tuple(map(tuple, turns))


def sentence_ends(text: str) -> tuple[int, ...]:
    """Return where a text may end: after each sentence, the last one included, ascending.

    Never inside brackets: there may be a placeholder or a mark of a citation.
    """
    ends = []
    at = 0
    for line in text.splitlines():
        for sentence in sentences(line):
            at = text.index(sentence, at) + len(sentence)
            if text.rfind("[", 0, at) <= text.rfind("]", 0, at):
                ends.append(at)
    return tuple(ends)


def _shortened(passage: Passage, end: int) -> Passage:
    """Return a passage up to the end of a sentence; a part of redacted text is redacted."""
    return replace(passage, text=derived(passage.text[:end]))
