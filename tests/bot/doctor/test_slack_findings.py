"""What Slack's answers mean; those that its emulator never gives."""

from bot.doctor.findings import NOTE, OK, WRONG
from bot.doctor.slack_findings import (
    Wanted,
    Workspace,
    of_app,
    of_app_token,
    of_http,
    of_room,
    of_workspace,
)
from channels.slack.base import TeamId
from channels.slack.errors import SlackRefused, SlackUnreachable

HERE = Workspace(TeamId("T1"), "Aurelis", "copilot", token="xoxb-hidden", app_id="A1")
DESK = Wanted("desk", "T1/C1")


def test_a_workspace_keeps_its_token_to_itself() -> None:
    assert "hidden" not in repr(HERE)


def test_a_slack_that_does_not_tell_the_scopes_is_no_failure() -> None:
    who, scopes = of_workspace(HERE)

    assert (who.state, scopes.state) == (OK, NOTE)


def test_a_channel_that_is_shared_with_another_company_is_asked_about() -> None:
    channel = {"name": "support", "is_member": True, "is_ext_shared": True}
    found = of_room(DESK, HERE, {"channel": channel})

    assert found.state == NOTE
    assert "#support is shared with another company" in found.message


def test_an_answer_without_a_channel_is_a_channel_without_the_bot() -> None:
    assert of_room(DESK, HERE, {}).state == WRONG
    assert "/invite @copilot` in #C1" in of_room(DESK, HERE, {}).message


def test_slack_takes_only_https() -> None:
    _, real = of_http("http://support.example.com", "/e", "https://slack.com")
    _, local = of_http("http://127.0.0.1:8080", "/e", "http://127.0.0.1:9")

    assert real.state == WRONG
    assert "only https" in real.message
    assert local.state == OK


def test_an_app_token_whose_app_is_unknown_or_the_bots_is_well() -> None:
    nameless = Workspace(TeamId("T1"), "Aurelis", "copilot", token="")

    assert of_app_token("xapp-1-A1-2-x", (HERE,), has_secret=False).state == OK
    assert of_app_token("xapp-1-A2-2-x", (nameless,), has_secret=False).state == OK
    assert of_app_token("xapp-odd", (HERE,), has_secret=False).state == OK
    assert of_app_token("xapp-1-A2-2-x", (HERE,), has_secret=False).state == WRONG
    assert "else by HTTP" in of_app_token("xapp-1-A1-2-x", (HERE,), has_secret=True).message


def test_what_became_of_a_code_that_is_none_tells_of_the_app() -> None:
    method = "oauth.v2.access"

    assert of_app(SlackRefused(method, "invalid_code"), "u").state == OK
    assert of_app(SlackRefused(method, "invalid_client_id"), "u").state == WRONG
    assert of_app(SlackUnreachable(method, is_unknown=True), "u").state == WRONG
    assert of_app(None, "u").state == NOTE
