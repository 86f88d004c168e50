"""Slack's OAuth, as far as it needs Slack: where to send a browser, what a code is worth."""

from dataclasses import dataclass, field, replace
from urllib.parse import quote

from channels.slack.base import Installation, Json, TeamId
from channels.slack.errors import SlackBusy, SlackRefused, SlackUnreachable
from channels.slack.single_call import BASE_URL, SingleCall, answer_to

AUTHORIZE_URL = "https://slack.com/oauth/v2/authorize"
ACCESS = "oauth.v2.access"


@dataclass(frozen=True, slots=True)
class App:
    """Our app, as Slack knows it."""

    client_id: str
    client_secret: str = field(repr=False)
    scopes: tuple[str, ...]
    """What the bot asks for; never empty."""
    redirect_url: str
    """Where Slack sends the browser back; one of the addresses in the app's configuration."""
    base_url: str = BASE_URL
    authorize_url: str = AUTHORIZE_URL


def address_for(app: App, state: str) -> str:
    """Return where a person grants us what we ask for."""
    from slack_sdk.oauth import AuthorizeUrlGenerator

    # The SDK puts what it is given into the address as it is.
    generator = AuthorizeUrlGenerator(
        client_id=quote(app.client_id, safe=""),
        redirect_uri=quote(app.redirect_url, safe=""),
        scopes=[quote(scope, safe=":.") for scope in app.scopes],
        authorization_url=app.authorize_url,
    )
    return generator.generate(quote(state, safe=""))


async def granted(app: App, code: str, now: float) -> Installation:
    """Return the installation that a code stands for; each works once. `now` is in Unix seconds.

    Raises:
        SlackRefused: the code was used, is too old, or was not for us.
        SlackBusy, SlackUnreachable: Slack does not say; the code may be used up.
    """
    answer = await answer_to(
        SingleCall(
            ACCESS,
            {"code": code, "redirect_uri": app.redirect_url},
            client=(app.client_id, app.client_secret),
            base_url=app.base_url,
        )
    )
    installation = _installation(answer, now)
    try:
        known = await installation_of(installation.bot_token, app.base_url)
    except (SlackBusy, SlackUnreachable):
        # The code is used up: better an installation that does not know its bot's second name.
        return installation
    return replace(installation, bot_id=known.bot_id)


async def installation_of(token: str, base_url: str = BASE_URL) -> Installation:
    """Return the installation that a bot token belongs to, by asking `auth.test`.

    Raises:
        SlackRefused: the token is not valid; `error` is Slack's word for it.
        SlackBusy, SlackUnreachable: not now.
    """
    answer = await answer_to(SingleCall("auth.test", token=token, base_url=base_url))
    is_enterprise = answer.get("is_enterprise_install") is True
    enterprise = _text(answer, "enterprise_id")
    team = enterprise if is_enterprise else _text(answer, "team_id")
    if not team:
        raise SlackUnreachable("auth.test", is_unknown=False)
    return Installation(
        team=TeamId(team),
        enterprise=enterprise,
        is_enterprise=is_enterprise,
        bot_token=token,
        bot_user=_text(answer, "user_id"),
        bot_id=_text(answer, "bot_id"),
        app_id=_text(answer, "app_id"),
        team_name=_text(answer, "team"),
    )


def _installation(answer: Json, now: float) -> Installation:
    """Return what a grant says; one without a workspace or a bot token is none."""
    team, enterprise = answer.get("team"), answer.get("enterprise")
    is_enterprise = answer.get("is_enterprise_install") is True
    whose = enterprise if is_enterprise else team
    lasts_s = answer.get("expires_in")
    expires_at = now + lasts_s if isinstance(lasts_s, int | float) and lasts_s else 0.0
    found = Installation(
        team=TeamId(_text(whose, "id")),
        enterprise=_text(enterprise, "id"),
        is_enterprise=is_enterprise,
        bot_token=_text(answer, "access_token"),
        bot_user=_text(answer, "bot_user_id"),
        app_id=_text(answer, "app_id"),
        refresh_token=_text(answer, "refresh_token"),
        expires_at=expires_at,
        team_name=_text(whose, "name"),
        installed_by=_text(answer.get("authed_user"), "id"),
    )
    if not found.team or not found.bot_token:
        raise SlackRefused(ACCESS, "no_bot_token")
    return found


def _text(body: object, name: str) -> str:
    found = body.get(name) if isinstance(body, dict) else None
    return found if isinstance(found, str) else ""
