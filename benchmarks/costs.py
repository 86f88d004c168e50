"""What a ticket costs under a policy: 1,000 messages of a bank, decided and priced, none sent.

The messages are BANKING77's (Casanueva et al. 2020), read from the folder that COPILOT_EVAL_DATA
names. Every message is classified and decided by the code that does it in the product, with all
vendors configured and up; then the first model of the order is priced with the price book, as if
it had answered with so many tokens. Prompts of four sizes are assumed, since the size decides which
models fit under the caps: sent whole, and packed as the router packs them, down to the question
with one sentence of one passage.

Run: python -m benchmarks.costs
"""

import json
import os
import random
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from textwrap import dedent

from bot.privacy.redact import published
from bot.turns.brief import SYSTEM
from routing.deciding.decide import Features, World, decide
from routing.deciding.fit import EXPECTED_OUTPUT_TOKENS, LEAST_OUTPUT_TOKENS
from routing.decision import Guess
from routing.intent.layers import layers_of
from routing.money.packing import most_input_tokens, room_of
from routing.money.prices import MILLION, Price, load_prices
from routing.policy.policy import Policy, Rule
from routing.policy.reader import read_policy
from routing.prompting.prompt import prompt_tokens
from routing.request import Message as Said
from routing.request import ModelName, Passage, Request, Role, TenantId, Usage

MESSAGES = "banking77_train.jsonl"
SAMPLE = 1000
SEED = 77
SIZES = (500, 1000, 1500, 2500)
"""Tokens of the prompt as a vendor counts them."""
OUTPUT_TOKENS = 200
ESTIMATE_PERCENT = 140
"""What the router takes a prompt for, in percent of what it is: see `budget.estimate_tokens`."""
HAIKU = ModelName("claude-haiku-4.5")
TARGET_USD = Decimal("0.001")
LEAST_CACHED_TOKENS = 4096
"""Shortest prompt that is cached for this model. Source: Anthropic, "Prompt caching", limits."""
POLICY = dedent("""\
    tenant: aurelis
    version: 2026-11-24
    classifier: {goal: cost, strategy: cost-optimized, budget: {max_cost_usd: 0.0005}}
    default:
      goal: quality
      strategy: balanced
      models: [gpt-5.5-instant]
      fallback: {models: [claude-haiku-4.5], max_retries: 1}
      budget: {max_cost_usd: 0.005}
      cache: {enabled: true}
    intents:
      billing-faq:
        examples: ["Why was I charged twice?", "When is my statement ready?"]
        goal: stability
        strategy: balanced
        models: [claude-haiku-4.5]
        advisor: {model: claude-opus-4.7, when_confidence_below: 0.85}
        fallback: {models: [gpt-5.5-instant], max_retries: 2}
        budget: {max_cost_usd: 0.001}
        cache: {enabled: true, similarity: 0.94, ttl_seconds: 86400}
      kyc-escalation:
        examples: ["You locked my account until I prove who I am"]
        agent: {tools: [lookup_ticket], max_steps: 6, total_budget_usd: 0.05}
        goal: quality
        strategy: quality-first
        fallback: {models: [claude-opus-4.7, gpt-5.5-pro]}
""")
"""The example of the design, part 4, word for word."""


SENTENCE = published("A replacement for a card that was lost costs 10 euros and comes by post.")


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a customer, and what it is about."""

    guess: Guess
    least_tokens: int
    """Estimate of the shortest prompt that still has the question and a sentence to answer from."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """One message, decided and priced."""

    rule: str
    model: ModelName
    input_tokens: int
    output_tokens: int
    cost_usd: Decimal


def main() -> int:
    """Print the tables; return 1 when the data is not there."""
    path = Path(os.getenv("COPILOT_EVAL_DATA", "../shared/data")) / MESSAGES
    if not path.is_file():
        print(f"costs: no {MESSAGES} in {str(path.parent)!r}; name its folder: COPILOT_EVAL_DATA")
        return 1
    policy = read_policy(POLICY, "design.yaml")
    lines = path.read_text("utf-8").splitlines()
    texts = [str(json.loads(line)["text"]) for line in lines if line.strip()]
    layers = layers_of(policy)
    messages = [
        Message(layers.classify(published(text)), _least_tokens(text))
        for text in random.Random(SEED).sample(texts, SAMPLE)
    ]
    intents = Counter(policy.rule_for(message.guess.intent).name for message in messages)
    print(f"costs: {SAMPLE} messages, {OUTPUT_TOKENS} tokens of answer, the policy of the design")
    print("  intents: " + ", ".join(f"{name} {count}" for name, count in intents.most_common()))
    least = sum(message.least_tokens for message in messages) // len(messages)
    print(f"  shortest prompt, question and one sentence to answer from: estimated {least} tokens")
    columns = f"{'share':>7}{'in':>7}{'out':>6}{'$ a ticket':>12}"
    print(f"  {'prompt':>8}  {'':<6}  {'rule':<14}  {'model':<16}{columns}")
    for size in SIZES:
        for is_packed in (False, True):
            _show(size, is_packed, [_ticket(policy, one, size, is_packed) for one in messages])
    _show_claim()
    return 0


def _least_tokens(text: str) -> int:
    """Return the estimate of the shortest prompt for a message."""
    passage = Passage("p", "Cards", "", SENTENCE, 1.0)
    said = Said(Role.CUSTOMER, published(text))
    return prompt_tokens(Request(TenantId("aurelis"), "c", 1, SYSTEM, (said,), (passage,)))


def _ticket(policy: Policy, message: Message, input_tokens: int, is_packed: bool) -> Ticket:
    prices, today = load_prices(), _today()
    world = World(prices, today, frozenset(prices.names()))
    estimate = input_tokens * ESTIMATE_PERCENT // 100
    if is_packed:
        rule = policy.rule_for(message.guess.intent)
        estimate = _packed(
            rule, [prices.price(name, today) for name in rule.chain], message, estimate
        )
    features = Features(policy.tenant, "c", 1, message.guess, estimate)
    decision = decide(features, policy, world)
    model = decision.order[0]
    longest = {one.model: one.max_output_tokens for one in decision.candidates}[model]
    price = prices.price(model, today)
    prompt = price.prompt_tokens(estimate * 100 // ESTIMATE_PERCENT)
    output = min(OUTPUT_TOKENS, longest)
    return Ticket(decision.rule, model, prompt, output, price.cost(Usage(prompt, output)))


def _packed(rule: Rule, chain: Sequence[Price], message: Message, estimate: int) -> int:
    """Return what `routing.money.packing.packed` would make of a prompt of that size."""
    paid = [price for price in chain if price.is_paid]
    for output in (EXPECTED_OUTPUT_TOKENS, LEAST_OUTPUT_TOKENS):
        room = max(room_of(price, rule.cap_usd, output) for price in paid)
        if message.least_tokens <= room:
            return min(estimate, room)
    return estimate


def _show(size: int, is_packed: bool, tickets: Sequence[Ticket]) -> None:
    """Print the rows of one size of prompt: what is asked most first, then all of them."""
    start = f"  {size:>8,}  {'packed' if is_packed else 'whole':<6}"
    for (rule, model), _ in Counter((one.rule, one.model) for one in tickets).most_common():
        own = [one for one in tickets if (one.rule, one.model) == (rule, model)]
        print(f"{start}  {rule:<14}  {model:<16}{_means(own, len(tickets))}")
    print(f"{start}  {'all':<14}  {'blended':<16}{_means(tickets, len(tickets))}", flush=True)


def _means(tickets: Sequence[Ticket], count: int) -> str:
    """Return the share of these tickets, and their means, as the last cells of a row."""
    cost_usd = sum((one.cost_usd for one in tickets), Decimal(0)) / len(tickets)
    tokens_in = sum(one.input_tokens for one in tickets) / len(tickets)
    tokens_out = sum(one.output_tokens for one in tickets) / len(tickets)
    return f"{len(tickets) / count:>7.1%}{tokens_in:>7,.0f}{tokens_out:>6.0f}{cost_usd:>12.5f}"


def _show_claim() -> None:
    """Say whether the promise of the product holds, and what it would need."""
    price = load_prices().price(HAIKU, _today())
    print(f"  under ${TARGET_USD} a ticket on {HAIKU}, one attempt, nothing else on the bill:")
    print(f"  {'answer':>8}  {'longest prompt':>15}{'if all of it is read from the cache':>37}")
    for output in (50, 100, 150, OUTPUT_TOKENS):
        plain = most_input_tokens(TARGET_USD, price, output)
        print(f"  {output:>8}  {plain:>15,}{_most_cached(price, output):>37,}")
    holds = most_input_tokens(TARGET_USD, price, OUTPUT_TOKENS) >= min(SIZES)
    costs = price.cost(Usage(min(SIZES), OUTPUT_TOKENS))
    alone = price.cost(Usage(0, OUTPUT_TOKENS))
    print(
        f"  it {'holds' if holds else 'does NOT hold'} for {OUTPUT_TOKENS} tokens of answer: even"
        f" {min(SIZES)} tokens of prompt make ${costs:f}, and the answer alone ${alone:f};\n"
        f"  prompts below {LEAST_CACHED_TOKENS:,} tokens are never cached for this model"
    )


def _most_cached(price: Price, output_tokens: int) -> int:
    """Return the longest prompt under the target when every token of it is read from the cache."""
    rates = price.rates_for(0)
    left = TARGET_USD * MILLION - output_tokens * rates.output
    return max(0, int(left // rates.cache_read))


def _today() -> date:
    """Return the day of the price book, so that a run is the same on every day."""
    return load_prices().as_of


if __name__ == "__main__":
    sys.exit(main())
