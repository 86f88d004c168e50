"""`copilot doctor slack`: asks Slack what is missing or wrong; prints the app's manifest."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import aiohttp
import click
import yaml

from bot.clock import Clock
from bot.doctor.findings import NOTE, WRONG, Finding, is_any_wrong, show
from bot.doctor.slack_findings import (
    APP_TOKEN_WORDS,
    TOKEN_WORDS,
    Wanted,
    Workspace,
    of_app,
    of_app_token,
    of_http,
    of_no_room,
    of_room,
    of_workspace,
    why_not,
)
from bot.errors import SettingsRefused, StoreFailed
from bot.privacy.vault import VaultKey
from bot.secret import kept_secret
from bot.settings import CABINET_FILE, Settings, SlackSettings, read_settings
from bot.slack.installations import CabinetInstallations
from bot.slack.manifest import MOST_NAME, NAME, REDIRECT, manifest_of
from bot.stores.cabinet_sqlite import open_cabinet
from bot.tenant import load_tenant
from channels.errors import ChannelBusy
from channels.slack.answers import Answer, failure_of
from channels.slack.base import Installation, TeamId
from channels.slack.errors import SlackBusy, SlackFailed, SlackRefused, SlackUnreachable
from channels.slack.ingress import PATH
from channels.slack.install import INSTALL
from channels.slack.single_call import SingleCall, answer_to, is_local
from routing.errors import PolicyRefused

LIMIT_S = 5.0
"""For each answer. Three questions may depend on each other: the whole takes three times as long
at most."""
MOST_WORKSPACES = 20
AUTH = "auth.test"
NO_CODE = "copilot-doctor"
"""Sent in place of a code: Slack looks at the app's id and secret first, and grants nothing."""
NOT_SET = (
    "nothing is set: make the app with `copilot doctor slack --manifest`, then set SLACK_BOT_TOKEN "
    "and SLACK_APP_TOKEN (or SLACK_SIGNING_SECRET); docs/slack.md says how"
)


def _named(ctx: click.Context, param: click.Parameter, name: str) -> str:
    if not 0 < len(name.strip()) <= MOST_NAME:
        raise click.BadParameter(f"expected 1 to {MOST_NAME} characters")
    return name.strip()


@click.command("slack", epilog="Example: copilot doctor slack --manifest > slack-manifest.yaml")
@click.option("--policy", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--data", type=click.Path(file_okay=False, path_type=Path), help="Data folder.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--manifest", "is_manifest", is_flag=True, help="Print the app to make, as YAML.")
@click.option("--name", default=NAME, callback=_named, help="Of the app.", show_default=True)
def command(
    policy: Path | None, data: Path | None, as_json: bool, is_manifest: bool, name: str
) -> None:
    """Ask Slack what is missing or wrong, and say how to mend it.

    Exit code 1 if something is wrong, 2 if nothing could be asked, since Slack is not set. With
    --manifest it asks nobody, and prints the app: by HTTP where COPILOT_PUBLIC_URL is set and
    SLACK_APP_TOKEN is not, else over Socket Mode.
    """
    if is_manifest:
        click.echo(manifest_text(name, read_settings()), nl=False)
        return
    try:
        usual = read_settings()
    except SettingsRefused as refused:
        show([Finding(WRONG, "environment", str(refused))], as_json)
        raise click.exceptions.Exit(2) from None
    if usual.slack is None:
        show([Finding(WRONG, "slack", NOT_SET)], as_json)
        raise click.exceptions.Exit(2)
    settings = replace(usual, policy=policy or usual.policy, data=data or usual.data)
    findings = asyncio.run(_Asking(settings, usual.slack).findings())
    show(findings, as_json)
    if is_any_wrong(findings):
        raise click.exceptions.Exit(1)


def manifest_text(name: str, settings: Settings) -> str:
    """Return the manifest as YAML; an address that Slack would not take is left out."""
    url = settings.public_url if settings.public_url.startswith("https://") else ""
    by_socket = settings.slack is not None and bool(settings.slack.app_token)
    manifest = dict(manifest_of(name, url, by_socket))
    return yaml.safe_dump(manifest, sort_keys=False, allow_unicode=True, width=100)


class _Asking:
    """One visit to Slack."""

    def __init__(self, settings: Settings, slack: SlackSettings) -> None:
        self._settings = settings
        self._slack = slack
        self._api = f"{slack.base_url}/api/"
        self._found: list[Finding] = []
        self._workspaces: list[Workspace] = []
        self._teams: set[TeamId] = set()
        """Who has installed us, whether or not Slack knows the token."""

    async def findings(self) -> Sequence[Finding]:
        """Ask everything, and return what was found in a fixed order."""
        await self._introduced()
        workspaces = tuple(self._workspaces)
        ways = await asyncio.gather(self._rooms(), self._app_token(workspaces), self._app())
        rooms, app_token, app = ways
        found = [*self._found, *rooms, *app_token]
        if self._slack.signing_secret:
            found += of_http(self._settings.public_url, PATH, self._slack.base_url)
        return [*found, *app]

    async def _introduced(self) -> None:
        """Ask whose the tokens are: the one that is set first, then those of installations."""
        if self._slack.bot_token:
            self._met("bot token", await self._whose(self._slack.bot_token))
        kept = [one for one in await self._installations() if one.team not in self._teams]
        self._teams |= {one.team for one in kept}
        asked = kept[:MOST_WORKSPACES]
        answers = await asyncio.gather(*(self._of_installation(one) for one in asked))
        for installation, answer in zip(asked, answers, strict=True):
            self._met(f"installation in {installation.team}", answer)
        if len(kept) > len(asked):
            left = f"{len(kept) - len(asked)} more were not asked"
            self._found.append(Finding(NOTE, "workspaces", left))
        if not self._teams and not self._slack.bot_token:
            self._found.append(Finding(NOTE, "workspaces", "none has installed the app yet"))

    def _met(self, about: str, answer: Workspace | Finding | SlackFailed) -> None:
        match answer:
            case Workspace():
                self._workspaces.append(answer)
                self._teams.add(answer.team)
                self._found += of_workspace(answer)
            case Finding():
                self._found.append(answer)
            case _:
                self._found.append(Finding(WRONG, about, why_not(answer, TOKEN_WORDS)))

    async def _of_installation(self, one: Installation) -> Workspace | Finding | SlackFailed:
        if one.expires_at and one.expires_at <= Clock().now().timestamp():
            state = NOTE if one.refresh_token and self._slack.client_id else WRONG
            about = f"installation in {one.team}"
            return Finding(state, about, "its token has expired; a running bot renews it")
        return await self._whose(one.bot_token)

    async def _whose(self, token: str) -> Workspace | SlackFailed:
        try:
            return await workspace_of(token, self._api)
        except SlackFailed as failed:
            return failed

    async def _installations(self) -> Sequence[Installation]:
        """Return who has installed us; nobody where no bot has run yet."""
        path = self._settings.data / CABINET_FILE
        if not path.exists():
            return ()
        try:
            key = VaultKey(kept_secret(self._settings))
            async with _cabinet_at(path, key) as installations:
                return await installations.find()
        except (StoreFailed, ChannelBusy, SettingsRefused) as failed:
            words = str(failed) if isinstance(failed, SettingsRefused) else type(failed).__name__
            self._found.append(Finding(WRONG, "installations", f"cannot be read: {words}"))
            return ()

    async def _rooms(self) -> Sequence[Finding]:
        slack, found = self._slack, list[Finding]()
        wanted = [Wanted("COPILOT_HANDOFF_CHANNEL", slack.handoff_channel)]
        wanted.append(Wanted("COPILOT_OPS_CHANNEL", slack.operations_channel))
        try:
            channels = load_tenant(self._settings.policy).desk.channels
            wanted += [Wanted(f"desk.channels.{name}", one) for name, one in channels.items()]
        except PolicyRefused as refused:
            found.append(Finding(WRONG, "policy", str(refused).replace("\n", "; ")))
        except OSError as error:
            found.append(Finding(WRONG, "policy", f"{self._settings.policy}: {error.strerror}"))
        found += _unset(wanted)
        asked = [one for one in wanted if one.written]
        return [*found, *await asyncio.gather(*(self._room(one) for one in asked))]

    async def _room(self, wanted: Wanted) -> Finding:
        """Look a channel up where the product would: without a workspace, in the first by id."""
        team = TeamId(wanted.team) if wanted.team else min(self._teams, default=None)
        known = [one for one in self._workspaces if one.team == team]
        if not known:
            unknown = team not in self._teams
            reason = f"{team} has not installed the app" if unknown and team else "no bot is there"
            return Finding(WRONG, wanted.about, f"{wanted.channel} cannot be looked up: {reason}")
        workspace = known[0]
        arguments = {"channel": wanted.channel}
        call = SingleCall(
            "conversations.info",
            arguments,
            token=workspace.token,
            base_url=self._api,
            limit_s=LIMIT_S,
        )
        try:
            found = of_room(wanted, workspace, await answer_to(call))
        except SlackFailed as failed:
            return of_no_room(wanted, workspace, failed)
        if wanted.team or len(self._teams) == 1:
            return found
        several = f"; of {len(self._teams)} workspaces it is the one of {team}, by id: write T…/C…"
        return replace(found, message=found.message + several)

    async def _app_token(self, workspaces: tuple[Workspace, ...]) -> Sequence[Finding]:
        token = self._slack.app_token
        if not token:
            return ()
        call = SingleCall("apps.connections.open", token=token, base_url=self._api, limit_s=LIMIT_S)
        try:
            await answer_to(call)
        except SlackFailed as failed:
            return (Finding(WRONG, "app token", why_not(failed, APP_TOKEN_WORDS)),)
        return (of_app_token(token, workspaces, bool(self._slack.signing_secret)),)

    async def _app(self) -> Sequence[Finding]:
        slack, url = self._slack, self._settings.public_url
        if not slack.client_id:
            return ()
        call = SingleCall(
            "oauth.v2.access",
            {"code": NO_CODE, "redirect_uri": f"{url}{REDIRECT}"},
            client=(slack.client_id, slack.client_secret),
            base_url=self._api,
            limit_s=LIMIT_S,
        )
        failed: SlackFailed | None = None
        try:
            await answer_to(call)
        except SlackFailed as error:
            failed = error
        return (of_app(failed, f"{url}{INSTALL}"),)


async def workspace_of(token: str, base_url: str) -> Workspace:
    """Return where a bot token works and what it may do: a header says so, which no SDK gives.

    Raises:
        SlackRefused: Slack says no; `error` is its word.
        SlackBusy, SlackUnreachable: not now.
    """
    headers = {"Authorization": f"Bearer {token}"}
    session = aiohttp.ClientSession(
        timeout=aiohttp.ClientTimeout(total=LIMIT_S), trust_env=not is_local(base_url)
    )
    try:
        async with (
            session,
            session.post(f"{base_url}{AUTH}", headers=headers, allow_redirects=False) as response,
        ):
            body = await response.json(content_type=None)
    except (aiohttp.ClientError, OSError, ValueError):
        raise SlackUnreachable(AUTH, is_unknown=False) from None
    said = body if isinstance(body, dict) else {}
    answer = Answer(response.status, said, response.headers.get("Retry-After", ""))
    match failure_of(AUTH, answer):
        case None:
            pass
        case (SlackBusy() | SlackUnreachable()) as failed:
            raise failed
        case _:
            raise SlackRefused(AUTH, answer.error)
    scopes = response.headers.get("X-OAuth-Scopes")
    named = None if scopes is None else frozenset(filter(None, map(str.strip, scopes.split(","))))
    is_whole = said.get("is_enterprise_install") is True
    team = str(said.get("enterprise_id" if is_whole else "team_id") or "")
    return Workspace(
        team=TeamId(team),
        name=str(said.get("team") or said.get("enterprise") or team),
        bot=str(said.get("user") or "the bot"),
        token=token,
        app_id=str(said.get("app_id") or ""),
        granted=named,
    )


@asynccontextmanager
async def _cabinet_at(path: Path, key: VaultKey) -> AsyncIterator[CabinetInstallations]:
    clock = Clock()
    cabinet = await open_cabinet(path, key, clock.now)
    try:
        yield CabinetInstallations(cabinet, clock)
    finally:
        await cabinet.close()


def _unset(wanted: Sequence[Wanted]) -> Iterator[Finding]:
    desk, alerts, *others = wanted
    if not desk.written and not others:
        yield Finding(NOTE, desk.about, "not set: no card appears in Slack, there is no desk")
    if not alerts.written:
        yield Finding(NOTE, alerts.about, "not set: what goes wrong is told in the log only")
