"""`copilot policy`: check a policy file, explain a decision, compare two files."""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TypeVar

import click
from rich.console import Console
from rich.table import Table

from bot.privacy.redact import Redactor
from bot.privacy.vault import Vault, VaultKey
from bot.tenant import Tenant, load_tenant
from channels.base import ConversationId
from routing.canonical import plain
from routing.deciding.arithmetic import sums_of
from routing.deciding.decide import Features, World, decide
from routing.deciding.score import PARTS
from routing.decision import Candidate, Decision, Guess
from routing.errors import PolicyRefused
from routing.intent.layers import layers_of
from routing.intent.opinion import ASK_BELOW, is_uncertain
from routing.money.budget import estimate_tokens
from routing.money.prices import PriceBook, dollars, load_prices
from routing.policy.configured_model import Provider
from routing.policy.difference import Change, changes
from routing.policy.forecast import Counsel, Forecast, Ticket, forecasts, policy_warnings
from routing.policy.policy import Policy
from routing.request import ModelName, Need, Redacted

DEMO = Path(__file__).parent.parent / "demo" / "policy.yaml"
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
WIDE = 160
KEY_OF = "copilot.policy.key."
"""Before a provider's name: the place in click's context that says that it has a key."""
OWN = Provider.OPENAI_COMPATIBLE.value
"""Servers of the tenant's own; whether they have a key is not looked at."""
FC = TypeVar("FC", bound=Callable[..., object] | click.Command)
THROWAWAY = ConversationId("explain")
"""No conversation: the vault of an explanation is forgotten with it."""


@click.group(epilog="Example: copilot policy check bot/demo/policy.yaml")
def command() -> None:
    """Check, explain and compare policy files."""


@command.command(epilog="Example: copilot policy check policy.yaml --input-tokens 2500")
@click.argument("file", type=FILE)
@click.option("--input-tokens", default=1500, show_default=True, help="Prompt of a usual ticket.")
@click.option("--output-tokens", default=200, show_default=True, help="Answer of a usual ticket.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def check(
    ctx: click.Context, file: Path, input_tokens: int, output_tokens: int, as_json: bool
) -> None:
    """Print what is wrong in FILE, by line; else what each intent costs, and warnings.

    Exit code 1 when the file is not valid.
    """
    try:
        tenant = load_tenant(file)
    except PolicyRefused as refused:
        click.echo(refusal_json(file, refused) if as_json else str(refused))
        ctx.exit(1)
    prices, today = tenant.policy.priced(load_prices()), datetime.now(UTC).date()
    ticket = Ticket(input_tokens, output_tokens)
    rules = forecasts(tenant.policy, prices, today, ticket)
    warnings = (
        *(f"{rule.rule}: {warning}" for rule in rules for warning in rule.warnings),
        *policy_warnings(tenant.policy, prices, today),
    )
    if as_json:
        click.echo(check_json(file, tenant, rules, warnings))
        return
    click.echo(f"{file} is valid: tenant {tenant.id}, version {tenant.policy.version}")
    click.echo(f"digest {tenant.policy.digest}")
    show(forecast_table(rules, ticket))
    for rule in rules:
        if rule.counsel is not None:
            click.echo(f"advice: {rule.rule}: {counsel_line(rule.counsel)}")
    for warning in warnings:
        click.echo(f"warning: {warning}")


def refusal_json(file: Path, refused: PolicyRefused) -> str:
    """Return the problems of a file as JSON."""
    problems = [asdict(problem) for problem in refused.problems]
    return as_text({"file": str(file), "is_valid": False, "problems": problems})


def check_json(
    file: Path, tenant: Tenant, rules: Iterable[Forecast], warnings: Iterable[str]
) -> str:
    """Return the forecast of a file as JSON."""
    return as_text(
        {
            "file": str(file),
            "is_valid": True,
            "problems": [],
            "tenant": tenant.id,
            "version": tenant.policy.version,
            "digest": tenant.policy.digest,
            "rules": [asdict(rule) for rule in rules],
            "warnings": list(warnings),
        }
    )


def forecast_table(rules: Iterable[Forecast], ticket: Ticket) -> Table:
    """Return what each rule does and costs, as a table."""
    title = f"Per ticket of {ticket.input_tokens} tokens in, {ticket.output_tokens} out"
    table = Table(title=title, title_justify="left")
    for name in ("intent", "tried in this order"):
        table.add_column(name, overflow="fold")
    for name in ("expected", "worst", "cap"):
        table.add_column(name, justify="right")
    for rule in rules:
        if rule.goes_to_human:
            table.add_row(rule.rule, "a human", "-", "-", "-")
            continue
        costs = (rule.expected_usd, rule.worst_usd, rule.cap_usd)
        table.add_row(rule.rule, " > ".join(rule.order), *(dollars(cost) for cost in costs))
    return table


def counsel_line(counsel: Counsel) -> str:
    """Return in words what an advisor costs, and whether there can be money for it."""
    how = "asked by its vendor" if counsel.native else "asked beside the turn"
    costs = f"{dollars(counsel.least_usd)} to {dollars(counsel.worst_usd)} at worst"
    can = "can never run" if counsel.why_never else "can run"
    left = f"the answer leaves {dollars(counsel.left_usd)} of the cap"
    return f"{counsel.model}, {how}, costs {costs}; {left}: it {can}"


def remember_key(ctx: click.Context, param: click.Parameter, value: str | None) -> None:
    """Note that a provider has a key; the key itself goes nowhere."""
    if value:
        ctx.meta[f"{KEY_OF}{param.name}"] = True


def key_option(provider: str, envvar: str) -> Callable[[FC], FC]:
    """Return the hidden option that reads whether a provider has a key."""
    return click.option(
        f"--{provider}",
        envvar=envvar,
        hidden=True,
        expose_value=False,
        callback=remember_key,
    )


@command.command(epilog='Example: copilot policy explain "I lost my card" --json')
@click.argument("text")
@click.option("--policy", "file", type=FILE, default=DEMO, envvar="COPILOT_POLICY",
              help="Policy file; by default the demo's.")  # fmt: skip
@click.option("--input-tokens", default=1500, show_default=True, help="Prompt around the text.")
@click.option("--previous", metavar="MODEL", help="The model that answered the turn before.")
@click.option("--channel", type=click.Choice(("web", "sms", "voice", "slack")), default="web",
              show_default=True, help="Where the customer is; by voice nobody waits.")  # fmt: skip
@click.option("--needs", multiple=True, type=click.Choice([need.value for need in Need]),
              help="What the turn asks for besides text; may be given more than once.")  # fmt: skip
@click.option("--configured", is_flag=True, help="Only models whose keys are set.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@key_option("anthropic", "ANTHROPIC_API_KEY")
@key_option("openai", "OPENAI_API_KEY")
@click.pass_context
def explain(  # noqa: PLR0913 - one argument for each option
    ctx: click.Context,
    text: str,
    file: Path,
    input_tokens: int,
    previous: str | None,
    channel: str,
    needs: tuple[str, ...],
    configured: bool,
    as_json: bool,
) -> None:
    """Print which models would answer TEXT, in which order and why; nothing is called.

    The text is redacted first. Every model counts as having a key, unless --configured is given.
    """
    tenant = load_tenant(file)
    prices = tenant.policy.priced(load_prices())
    vault = Vault(VaultKey(bytes(32)), tenant.id, THROWAWAY)
    redacted = Redactor(tenant.operators).redact(text, vault)
    today = datetime.now(UTC).date()
    features = Features(
        tenant=tenant.id,
        conversation=THROWAWAY,
        turn=1,
        guess=layers_of(tenant.policy).classify(redacted),
        input_tokens=input_tokens + estimate_tokens(redacted),
        channel=channel,
        locale=tenant.locale,
        needs=frozenset(map(Need, needs)),
        previous=ModelName(previous) if previous else None,
    )
    names = frozenset(callable_names(ctx, prices, today) if configured else prices.names())
    decision = decide(features, tenant.policy, World(prices, today, names))
    layers = tuple(layer_lines(decision.guess, tenant.policy, redacted))
    sums = tuple(sums_of(decision, prices))
    if as_json:
        fields = {"text": redacted, "layers": layers, "sums": sums, "decision": asdict(decision)}
        click.echo(as_text(fields))
        return
    click.echo(redacted)
    for line in layers:
        click.echo(f"- {line}")
    show(decision_table(decision))
    for line in (*sums, *decision.reasons):
        click.echo(f"- {line}")


def callable_names(ctx: click.Context, prices: PriceBook, today: date) -> Iterator[ModelName]:
    """Yield the models that need no key, or whose vendor's key is set."""
    for name in prices.names():
        price = prices.price(name, today)
        if price.is_local or price.provider == OWN or f"{KEY_OF}{price.provider}" in ctx.meta:
            yield name


def layer_lines(guess: Guess, policy: Policy, text: Redacted) -> Iterator[str]:
    """Yield what each layer of the classification has to say."""
    if guess.layer == "rules":
        yield f"rules: a keyword of {guess.intent}; no other layer is asked"
        return
    yield "rules: no keyword of any intent"
    shares = ", ".join(f"{intent} {share:.2f}" for intent, share in guess.runners_up)
    best = "no intent is near enough" if guess.layer == "none" else guess.intent
    yield f"linear: {best}, confidence {guess.confidence:.2f}; besides it {shares or 'nothing'}"
    border = ASK_BELOW if policy.ask_below is None else policy.ask_below
    is_asked = is_uncertain(guess, text, border)
    verdict = "would be asked" if is_asked else "would not be asked"
    yield f"model: {verdict}; the border is a confidence of {border:.2f}"


def decision_table(decision: Decision) -> Table:
    """Return everything that was considered, as a table."""
    rule = f"rule {decision.rule}: goal {decision.goal}, strategy {decision.strategy}"
    cap = f"cap {dollars(decision.max_cost_usd)}, at most {decision.max_attempts} paid attempts"
    table = Table(title=f"{rule}; {cap}", title_justify="left")
    table.add_column("model", overflow="fold")
    for name in ("place", "score", *PARTS, "expected", "worst"):
        table.add_column(name, justify="right")
    places = {name: str(place) for place, name in enumerate(decision.order, 1)}
    for one in decision.candidates:
        table.add_row(*candidate_cells(one, places.get(one.model, "-")))
    return table


def candidate_cells(one: Candidate, place: str) -> Iterable[str]:
    """Return the cells of one candidate; one that is left out has no scores."""
    parts = [f"{value:.2f}" for _, value in one.parts] or ["-"] * len(PARTS)
    score = "-" if one.excluded else f"{one.score:.2f}"
    costs = (dollars(one.expected_cost_usd), dollars(one.worst_cost_usd))
    return (one.model, place, score, *parts, *costs)


@command.command(epilog="Example: copilot policy diff policy.yaml policy-next.yaml")
@click.argument("before", type=FILE)
@click.argument("after", type=FILE)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def diff(before: Path, after: Path, as_json: bool) -> None:
    """Print what changes from BEFORE to AFTER, intent by intent."""
    found = changes(load_tenant(before).policy, load_tenant(after).policy)
    if as_json:
        click.echo(as_text({"changes": [asdict(change) for change in found]}))
        return
    if not found:
        click.echo("no change")
        return
    show(changes_table(found))


def changes_table(found: Iterable[Change]) -> Table:
    """Return the changes as a table."""
    table = Table()
    for name in ("intent", "what", "before", "after"):
        table.add_column(name, overflow="fold")
    for change in found:
        table.add_row(change.rule, change.field or "the intent", change.before, change.after)
    return table


def show(table: Table) -> None:
    """Print a table; where there is no terminal, as wide as it needs to be."""
    console = Console(markup=False, highlight=False)
    if not console.is_terminal:
        console = Console(markup=False, highlight=False, width=WIDE)
    with console.capture() as capture:
        console.print(table)
    click.echo("\n".join(line.rstrip() for line in capture.get().splitlines()))


def as_text(value: object) -> str:
    """Return a value as JSON; amounts are texts, exact."""
    return json.dumps(value, indent=2, ensure_ascii=False, default=plain)
