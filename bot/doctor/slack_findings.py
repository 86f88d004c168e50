"""What Slack's answers mean to whoever sets it up. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from bot.doctor.findings import NOTE, OK, WRONG, Finding
from bot.slack.manifest import DISPENSABLE, SCOPES
from channels.slack.base import Json, TeamId
from channels.slack.errors import SlackBusy, SlackFailed, SlackRefused
from channels.slack.single_call import is_local

JOIN = "channels:join"
AGAIN = "install the app to the workspace again"
TOKEN_WORDS: Mapping[str, str] = {
    "account_inactive": f"the app was removed from the workspace: {AGAIN}",
    "invalid_auth": "Slack does not know it: copy it anew from the app's page, OAuth & Permissions",
    "token_expired": "it has expired, since the app rotates its tokens: set SLACK_CLIENT_ID and "
    "SLACK_CLIENT_SECRET in place of SLACK_BOT_TOKEN, and install the app from its own page",
    "token_revoked": f"it was revoked: {AGAIN}",
}
APP_TOKEN_WORDS: Mapping[str, str] = {
    "invalid_auth": "Slack does not know it: make one on the app's page, Basic Information, "
    "App-Level Tokens",
    "missing_scope": "it lacks `connections:write`: make an app-level token that has it",
    "not_allowed_token_type": "it is no app-level token: make one with `connections:write`",
}
ROOM_WORDS: Mapping[str, str] = {
    "missing_scope": "cannot be looked up without `channels:read`, or `groups:read` where it is "
    "private",
}
CODE_IS_NONE = frozenset({"bad_redirect_uri", "code_already_used", "code_expired", "invalid_code"})
"""Slack's words for the code, once it has taken the app's id and secret."""
APP_WORDS: Mapping[str, str] = {
    "bad_client_secret": "SLACK_CLIENT_SECRET is not the app's: see Basic Information",
    "invalid_client_id": "SLACK_CLIENT_ID is no app's: see Basic Information",
}


@dataclass(frozen=True, slots=True)
class Workspace:
    """Where one bot token works, as Slack says."""

    team: TeamId
    name: str
    bot: str
    """The bot user's name, as one invites it."""
    token: str = field(repr=False)
    app_id: str = ""
    granted: frozenset[str] | None = None
    """What the token may do; None when Slack did not say."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A channel that is set, and by what."""

    about: str
    """Such as `COPILOT_HANDOFF_CHANNEL`."""
    written: str
    """`C…`, or `T…/C…`."""

    @property
    def team(self) -> str:
        """Return the workspace that it names; empty for none."""
        return self.written.rpartition("/")[0]

    @property
    def channel(self) -> str:
        """Return the channel's id."""
        return self.written.rpartition("/")[2]


def why_not(failed: SlackFailed, words: Mapping[str, str]) -> str:
    """Return why Slack has not answered as we wished, and what to do."""
    match failed:
        case SlackRefused():
            return words.get(failed.error, f"Slack says {failed.error!r}")
        case SlackBusy():
            return f"Slack was asked too often: ask again in {failed.retry_after_s:g} s"
        case _:
            return "Slack does not answer: is the network there, is COPILOT_SLACK_BASE_URL right?"


def of_workspace(workspace: Workspace) -> Iterator[Finding]:
    """Say who we are there, and what was not granted."""
    where = f"{workspace.name} ({workspace.team})"
    yield Finding(OK, "workspace", f"{where}, as @{workspace.bot}")
    granted = workspace.granted
    if granted is None:
        yield Finding(NOTE, "scopes", f"Slack does not say what was granted in {where}")
        return
    missing = [scope for scope in SCOPES if scope not in granted]
    if not missing:
        yield Finding(OK, "scopes", f"all {len(SCOPES)} are granted in {where}")
    else:
        state = NOTE if DISPENSABLE.issuperset(missing) else WRONG
        yield Finding(
            state,
            "scopes",
            f"{len(missing)} of {len(SCOPES)} are not granted in {where}: add them on the app's "
            f"page, OAuth & Permissions, or paste the manifest anew; then {AGAIN}",
        )
    for scope in missing:
        state = NOTE if scope in DISPENSABLE else WRONG
        yield Finding(state, f"scope {scope}", f"missing, and so is: {SCOPES[scope]}")
    unused = sorted(granted - set(SCOPES))
    if unused:
        yield Finding(NOTE, "scopes", f"never used, and best taken away: {', '.join(unused)}")


def of_room(wanted: Wanted, workspace: Workspace, answer: Json) -> Finding:
    """Say whether the bot can work in a channel, of which Slack has said this."""
    channel = answer.get("channel")
    found: Json = channel if isinstance(channel, dict) else {}
    name = f"#{found.get('name') or wanted.channel}"
    invite = f"write `/invite @{workspace.bot}` in {name}"
    if found.get("is_archived"):
        return Finding(WRONG, wanted.about, f"{name} is archived: set another, or unarchive it")
    if not found.get("is_member"):
        if not found.get("is_private") and JOIN in (workspace.granted or ()):
            joins = f"{name}: the bot is not in it, and enters by itself with its first message"
            return Finding(NOTE, wanted.about, f"{joins}; to be sure, {invite}")
        return Finding(WRONG, wanted.about, f"the bot is not in {name}: {invite}")
    if found.get("is_ext_shared"):
        shared = f"{name} is shared with another company, whose people see everything there"
        return Finding(NOTE, wanted.about, f"{shared}: is that meant?")
    return Finding(OK, wanted.about, f"{name} is there, and the bot is in it")


def of_no_room(wanted: Wanted, workspace: Workspace, failed: SlackFailed) -> Finding:
    """Say what keeps a channel from being looked up."""
    unseen = (
        f"{wanted.channel} is not in {workspace.name}, or is private and the bot is not in it: "
        f"check the id, or write `/invite @{workspace.bot}` there"
    )
    words = {"channel_not_found": unseen, **ROOM_WORDS}
    return Finding(WRONG, wanted.about, why_not(failed, words))


def of_app_token(app_token: str, workspaces: tuple[Workspace, ...], has_secret: bool) -> Finding:
    """Say that a socket can be opened, for which app, and when events come over it."""
    # xapp-1-A0123ABCD-…: the app that it belongs to.
    parts = app_token.split("-")
    app_id = parts[2] if len(parts) > 3 else ""
    apps = {one.app_id for one in workspaces if one.app_id}
    if app_id.startswith("A") and apps and app_id not in apps:
        other = f"it belongs to the app {app_id}, the bot to {', '.join(sorted(apps))}"
        return Finding(WRONG, "app token", f"{other}: events of the one do not reach the other")
    both = "; events come over it while Socket Mode is on in the app, else by HTTP"
    return Finding(OK, "app token", f"a socket can be opened{both if has_secret else ''}")


def of_http(public_url: str, path: str, base_url: str) -> Iterator[Finding]:
    """Say where Slack must send events; what the signing secret is worth only they tell."""
    yield Finding(
        OK,
        "signing secret",
        "set; a wrong one shows as `slack.unsigned` in the log, and Slack cannot verify the URL",
    )
    if not public_url:
        asked = f"unknown: set COPILOT_PUBLIC_URL; Slack must reach us at {path} there, over https"
        yield Finding(NOTE, "request URL", asked)
    elif not public_url.startswith("https://") and not is_local(base_url):
        wrong = f"{public_url}{path}: Slack takes only https; set COPILOT_PUBLIC_URL"
        yield Finding(WRONG, "request URL", wrong)
    else:
        yield Finding(
            OK,
            "request URL",
            f"{public_url}{path}, for events, interactivity and the command alike",
        )


def of_app(failed: SlackFailed | None, install_url: str) -> Finding:
    """Say whether workspaces can install the app, from what became of a code that is none."""
    if isinstance(failed, SlackRefused) and failed.error in CODE_IS_NONE:
        return Finding(OK, "install", f"{install_url} installs the app in a workspace")
    if failed is None:
        return Finding(NOTE, "install", f"{install_url}; Slack took a code that is none")
    return Finding(WRONG, "install", why_not(failed, APP_WORDS))
