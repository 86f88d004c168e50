"""`copilot doctor`: what is missing or wrong, and how to mend it."""

import socket
import sqlite3
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import click

from bot.doctor.findings import NOTE, OK, WRONG, Finding, is_any_wrong, show
from bot.doctor.slack import command as slack_command
from bot.doctor.twilio_findings import of_twilio
from bot.errors import SettingsRefused
from bot.secret import kept_secret, site_secret
from bot.settings import Settings, SlackSettings, read_settings
from bot.tenant import Tenant, load_tenant
from routing.errors import PolicyRefused
from routing.money.prices import load_prices


@click.group(invoke_without_command=True, epilog="Example: copilot doctor --policy policy.yaml")
@click.option("--policy", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--data", type=click.Path(file_okay=False, path_type=Path), help="Data folder.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option(
    "--site-secret", "site", metavar="KEY", help="Print a site's secret, and nothing else."
)
@click.pass_context
def command(
    ctx: click.Context, policy: Path | None, data: Path | None, as_json: bool, site: str | None
) -> None:
    """Name each missing or wrong setting, and how to mend it; exit code 1 if any is wrong.

    It asks nobody. `copilot doctor slack` asks Slack.
    """
    if ctx.invoked_subcommand is not None:
        if site is not None:
            raise click.UsageError("--site-secret prints a site's secret, and nothing else")
        given = {"policy": policy, "data": data, "as_json": as_json}
        ctx.default_map = {ctx.invoked_subcommand: given}
        return
    if site is not None:
        click.echo(_site_secret(policy, data, site))
        return
    findings = tuple(_findings(policy, data))
    show(findings, as_json)
    if is_any_wrong(findings):
        raise click.exceptions.Exit(1)


command.add_command(slack_command)


def _site_secret(policy: Path | None, data: Path | None, site: str) -> str:
    """Return what the site's own server proves its customers' identities with.

    Raises:
        SettingsRefused: the policy has no such site.
    """
    usual = read_settings()
    settings = replace(usual, policy=policy or usual.policy, data=data or usual.data)
    keys = [one.key for one in load_tenant(settings.policy).sites]
    if site not in keys:
        raise SettingsRefused(f"site {site!r} is not in the policy, expected {', '.join(keys)}")
    return site_secret(kept_secret(settings), site).decode()


def _findings(policy: Path | None, data: Path | None) -> Iterator[Finding]:
    yield _python()
    yield _full_text_search()
    try:
        settings = read_settings()
    except SettingsRefused as refused:
        yield Finding(WRONG, "environment", str(refused))
        return
    settings = replace(settings, policy=policy or settings.policy, data=data or settings.data)
    yield _data_folder(settings)
    yield _port(settings)
    tenant = _tenant(settings)
    if isinstance(tenant, Finding):
        yield tenant
        return
    yield Finding(OK, "policy", f"{settings.policy}, version {tenant.policy.version}")
    yield from _models(settings, tenant)
    yield _slack(settings.slack, tenant)
    yield from of_twilio(settings.twilio, settings.public_url)
    if not settings.public_url:
        yield Finding(
            NOTE, "COPILOT_PUBLIC_URL", "not set: fine on one machine; set it behind a proxy"
        )


def _python() -> Finding:
    is_new = sys.version_info >= (3, 11)
    found = ".".join(map(str, sys.version_info[:3]))
    return Finding(OK if is_new else WRONG, "python", found if is_new else f"{found}, need 3.11")


def _full_text_search() -> Finding:
    with sqlite3.connect(":memory:") as connection:
        names = {row[0] for row in connection.execute("PRAGMA compile_options")}
    connection.close()
    if "ENABLE_FTS5" in names:
        return Finding(OK, "sqlite", f"{sqlite3.sqlite_version} with full-text search")
    return Finding(WRONG, "sqlite", "no FTS5: install a Python built with full-text search")


def _data_folder(settings: Settings) -> Finding:
    try:
        kept_secret(settings)
    except SettingsRefused as refused:
        return Finding(WRONG, "data folder", str(refused))
    return Finding(OK, "data folder", f"{settings.data} can be written")


def _port(settings: Settings) -> Finding:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError:
            return Finding(
                NOTE, "port", f"{settings.port} is in use: a bot may be running; else set PORT"
            )
    return Finding(OK, "port", f"{settings.port} is free")


def _tenant(settings: Settings) -> Tenant | Finding:
    try:
        return load_tenant(settings.policy)
    except PolicyRefused as refused:
        return Finding(WRONG, "policy", str(refused).replace("\n", "; "))
    except OSError as error:
        return Finding(WRONG, "policy", f"{settings.policy}: {error.strerror}; set COPILOT_POLICY")


def _models(settings: Settings, tenant: Tenant) -> Iterator[Finding]:
    prices = tenant.policy.priced(load_prices())
    today = datetime.now(UTC).date()
    own = {model.name: model for model in tenant.policy.models}
    keys = {"anthropic": settings.anthropic, "openai": settings.openai}
    policy = tenant.policy
    named = {name for rule in (policy.default, *policy.intents) for name in rule.chain}
    for name in sorted(named):
        provider = prices.price(name, today).provider
        if name in own:
            yield Finding(OK, name, f"your own server at {own[name].base_url}; it was not asked")
        elif provider not in keys:
            yield Finding(OK, name, "always there: answers from the knowledge base")
        elif settings.is_sandbox:
            yield Finding(NOTE, name, "simulated, since COPILOT_SANDBOX is set")
        elif keys[provider] is None:
            variable = f"{provider.upper()}_API_KEY"
            yield Finding(NOTE, name, f"not used: set {variable} to use it")
        else:
            yield Finding(OK, name, "a key is set")


def _slack(slack: SlackSettings | None, tenant: Tenant) -> Finding:
    """Say what is set; half a Slack is refused before."""
    if slack is None:
        return Finding(
            NOTE,
            "slack",
            "not set: humans answer in `copilot desk`; `copilot doctor slack --manifest` prints "
            "the app to make, docs/slack.md says the rest",
        )
    ways = [
        way
        for way, is_set in (
            (f"over Socket Mode ({slack.socket_client})", slack.app_token),
            ("by HTTP", slack.signing_secret),
        )
        if is_set
    ]
    desks = [slack.handoff_channel, *tenant.desk.channels.values()]
    desk = " and ".join(dict.fromkeys(filter(None, desks)))
    said = (
        "a bot token is set" if slack.bot_token else "workspaces install the app themselves",
        f"events come {' or '.join(ways)}",
        f"cards go to {desk}" if desk else "no desk, set COPILOT_HANDOFF_CHANNEL",
        f"alerts go to {slack.operations_channel}" if slack.operations_channel else "no alerts",
    )
    return Finding(OK, "slack", f"{'; '.join(said)}. `copilot doctor slack` asks Slack")
