"""The app asks for what the product uses, hears what it listens to, and nothing else."""

import ast
import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from pathlib import Path

import pytest

from bot.slack.desk import shortcuts as shortcut_listeners
from bot.slack.desk.slash import COMMAND, HELP
from bot.slack.manifest import DISPENSABLE, EVENTS, REDIRECT, SCOPES, handle_of, manifest_of
from bot.tenant import load_tenant
from channels.slack import bolt, ingress, install
from tests.emulators.slack import state, web_api

ROOT = Path(__file__).parents[3]
URL = "https://support.example.com"
FOLDERS = ("bot/slack", "bot/commands", "bot/doctor", "channels/slack")
METHOD = re.compile(
    r"(agents|api|apps|assistant|auth|bookmarks|bots|canvases|chat|conversations|emoji|entity|files"
    r"|functions|lists|oauth|pins|reactions|reminders|search|slackLists|team|usergroups|users|views"
    r"|workflows)(\.[A-Za-z0-9]+)+"
)
TIERS = "channels/slack/pace.py"
"""A table of how often each method may be called: nothing is called there."""
NO_METHODS = {"files.download", "files.upload"}
"""Our words for the bytes of a file, which go without a method."""
HISTORY = {"channels:history", "groups:history", "im:history"}
METHOD_SCOPES: Mapping[str, set[str]] = {
    "agents.sessions.setStatus": {"chat:write"},
    "apps.connections.open": set(),  # the app's token, with connections:write
    "assistant.threads.setStatus": {"chat:write"},
    "assistant.threads.setSuggestedPrompts": {"assistant:write"},
    "auth.test": set(),
    "chat.appendStream": {"chat:write"},
    "chat.delete": {"chat:write"},
    "chat.getPermalink": set(),
    "chat.postEphemeral": {"chat:write"},
    "chat.postMessage": {"chat:write"},
    "chat.startStream": {"chat:write"},
    "chat.stopStream": {"chat:write"},
    "chat.update": {"chat:write"},
    "conversations.history": HISTORY,
    "conversations.info": {"channels:read", "groups:read"},
    "conversations.join": {"channels:join"},
    "conversations.members": {"channels:read", "groups:read"},
    "conversations.open": {"im:write"},
    "conversations.replies": HISTORY,
    "files.completeUploadExternal": {"files:write"},
    "files.getUploadURLExternal": {"files:write"},
    "files.info": {"files:read"},
    "oauth.v2.access": set(),  # the app's id and secret
    "reactions.add": {"reactions:write"},
    "reactions.remove": {"reactions:write"},
    "users.info": {"users:read"},
    "views.open": set(),
    "views.publish": set(),
    "views.update": set(),
}
"""What each needs for all that we do with it. Source: docs.slack.dev/reference/methods."""
EVENT_SCOPES: Mapping[str, set[str]] = {
    "app_mention": {"app_mentions:read"},
    "message.channels": {"channels:history"},
    "message.groups": {"groups:history"},
    "message.im": {"im:history"},
    "reaction_added": {"reactions:read"},
}
"""Others need none. Source: docs.slack.dev/reference/events."""
LEGACY = {"assistant_thread_started"}
"""Sent to apps that were made with an `assistant_view`; ours has an `agent_view`."""
WRAPPERS = {"apart.py", "merged.py"}
"""What puts together, or guards, what others listen to."""


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


def shipped() -> Iterator[Path]:
    for folder in FOLDERS:
        yield from sorted((ROOT / folder).rglob("*.py"))


def texts_of(path: Path) -> Iterator[str]:
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def methods() -> set[str]:
    """Return the methods of the Web API that shipped code names."""
    found = {
        text
        for path in shipped()
        if path != ROOT / TIERS
        for text in texts_of(path)
        if METHOD.fullmatch(text)
    }
    return found - NO_METHODS


def listened_to(kind: str) -> set[str]:
    """Return what the listeners of `bot/slack` register: `events`, `shortcuts`, `commands`."""
    return {
        name
        for path in sorted((ROOT / "bot" / "slack").rglob("*.py"))
        if path.name not in WRAPPERS
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "Listeners"
        for keyword in node.keywords
        if keyword.arg == kind
        for name in keys_of(keyword.value, path)
    }


def keys_of(written: ast.expr, path: Path) -> Iterator[str]:
    """Yield the keys of a literal dict, resolved where they are names of the module."""
    assert isinstance(written, ast.Dict), f"{path.name}: no literal, so it cannot be read here"
    module = import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
    for key in written.keys:
        if isinstance(key, ast.Name):
            yield vars(module)[key.id]
        else:
            assert isinstance(key, ast.Constant), f"{path.name}: neither a name nor a text"
            yield str(key.value)


def all_strings(value: object) -> Iterator[str]:
    if isinstance(value, Mapping):
        for one in value.values():
            yield from all_strings(one)
    elif isinstance(value, list):
        for one in value:
            yield from all_strings(one)
    else:
        yield str(value)


def test_every_method_that_is_called_is_known_with_what_it_needs() -> None:
    assert methods() == set(METHOD_SCOPES)


def test_the_app_asks_for_all_that_it_uses_and_for_nothing_else() -> None:
    needed = {
        *(scope for method in methods() for scope in METHOD_SCOPES[method]),
        *(scope for event in EVENTS for scope in EVENT_SCOPES.get(event, ())),
        "commands",
    }
    if any(text == "username" for path in shipped() for text in texts_of(path)):
        needed.add("chat:write.customize")

    assert set(SCOPES) == needed
    assert set(SCOPES) >= DISPENSABLE


def test_the_emulator_grants_what_the_manifest_asks_for() -> None:
    """So whatever runs against it runs with exactly these scopes."""
    assert set(SCOPES) == state.SCOPES


def test_the_emulator_asks_for_the_same_scopes() -> None:
    strict = {
        name: set(method.scopes)
        for name, method in web_api.METHODS.items()
        if name in METHOD_SCOPES and method.scopes
    }

    assert all(METHOD_SCOPES[name] & scopes for name, scopes in strict.items())
    assert {name for name, scopes in METHOD_SCOPES.items() if scopes} <= set(strict)


def test_every_event_that_is_listened_to_is_subscribed_and_no_other() -> None:
    subscribed = {event.partition(".")[0] for event in EVENTS}
    heard = listened_to("events") | set(bolt.FAREWELLS)

    assert subscribed == heard - LEGACY
    assert {scope for event in EVENTS for scope in EVENT_SCOPES.get(event, ())} >= HISTORY


def test_every_shortcut_and_command_that_is_listened_to_is_offered_and_no_other() -> None:
    features = manifest_of("Support Copilot")["features"]
    offered = {one["callback_id"] for one in features["shortcuts"]}

    assert shortcut_listeners.SAVE_AS_FAQ in offered
    assert offered == listened_to("shortcuts")
    assert {one["command"] for one in features["slash_commands"]} == listened_to("commands")


def test_the_hint_of_the_command_names_every_word_of_its_help() -> None:
    (command,) = manifest_of("Support Copilot")["features"]["slash_commands"]
    words = re.findall(rf"\*(?:{COMMAND} )?([a-z ]+?)(?: [A-Z]+)?\*", HELP)

    assert len(words) >= 7
    assert set(command["usage_hint"].split(" | ")) == {word.strip() for word in words}


def test_over_socket_mode_no_address_is_named() -> None:
    manifest = manifest_of("Support Copilot")

    assert manifest["settings"]["socket_mode_enabled"] is True
    assert not [text for text in all_strings(manifest) if "://" in text]


def test_by_http_events_buttons_and_the_command_go_to_the_same_address() -> None:
    manifest = manifest_of("Support Copilot", URL)
    settings, there = manifest["settings"], f"{URL}{ingress.PATH}"

    assert settings["socket_mode_enabled"] is False
    assert settings["event_subscriptions"]["request_url"] == there
    assert settings["interactivity"] == {"is_enabled": True, "request_url": there}
    assert manifest["features"]["slash_commands"][0]["url"] == there
    assert manifest["oauth_config"]["redirect_urls"] == [f"{URL}{install.REDIRECT}"]


def test_over_socket_mode_with_an_address_the_app_can_be_installed_there() -> None:
    manifest = manifest_of("Support Copilot", URL, by_socket=True)

    assert manifest["settings"]["socket_mode_enabled"] is True
    assert [text for text in all_strings(manifest) if "://" in text] == [f"{URL}{REDIRECT}"]


def test_where_the_browser_comes_back_to_is_where_it_is_awaited() -> None:
    assert REDIRECT == install.REDIRECT


def test_the_app_is_an_agent_and_not_an_assistant() -> None:
    """Slack refuses a manifest with both; `assistant:write` needs one of them."""
    features = manifest_of("Support Copilot")["features"]

    assert "assistant_view" not in features
    assert set(features["agent_view"]) == {"agent_description", "suggested_prompts"}
    assert len(features["agent_view"]["suggested_prompts"]) <= 4
    assert not LEGACY & set(EVENTS)


def test_tokens_are_not_rotated_until_somebody_wants_it() -> None:
    assert manifest_of("Support Copilot")["settings"]["token_rotation_enabled"] is False


def test_nothing_is_longer_than_slack_takes() -> None:
    """Source: docs.slack.dev/reference/app-manifest; shortcuts: .../interactivity/shortcuts."""
    manifest = manifest_of("n" * 35, URL)
    features, shown = manifest["features"], manifest["display_information"]
    kinds = [one["type"] for one in features["shortcuts"]]

    assert len(shown["name"]) <= 35
    assert len(shown["description"]) <= 140
    assert len(features["bot_user"]["display_name"]) <= 80
    assert max(kinds.count("global"), kinds.count("message")) <= 5
    assert all(len(one["name"]) <= 24 for one in features["shortcuts"])
    assert all(len(one["description"]) <= 150 for one in features["shortcuts"])


@pytest.mark.parametrize(
    ("name", "handle"),
    [
        ("Support Copilot", "support-copilot"),
        ("Aurelis (EU) Help!", "aurelis-eu-help"),
        ("Hilfe für Sie", "hilfe-f-r-sie"),
        ("サポート", "support"),
        ("v2.0_beta", "v2.0_beta"),
        ("x" * 100, "x" * 80),
    ],
)
def test_the_name_of_the_bot_holds_what_slack_allows(name: str, handle: str) -> None:
    assert handle_of(name) == handle


def test_the_guide_explains_every_scope_event_and_variable() -> None:
    guide = (ROOT / "docs" / "slack.md").read_text("utf-8")
    source = (ROOT / "bot" / "settings.py").read_text("utf-8")
    variables = {f"SLACK_{name}" for name in re.findall(r'"([A-Z_]+)"', slack_names(source))}
    variables |= set(re.findall(r"COPILOT_(?:SLACK_[A-Z_]+|HANDOFF_CHANNEL|OPS_CHANNEL)", source))

    assert len(variables) == 9
    assert [word for word in (*SCOPES, *EVENTS, *variables) if f"`{word}`" not in guide] == []
    assert [why for why in SCOPES.values() if why not in guide] == []


@pytest.mark.parametrize("page", ["README.md", "docs/slack.md"])
def test_the_table_of_scopes_is_the_manifests(page: str) -> None:
    text = (ROOT / page).read_text("utf-8")
    head = "| scope | without it this is missing |\n|---|---|\n"
    (table,) = re.findall(rf"{re.escape(head)}((?:\|.*\|\n)+)", text)
    asked = [
        f"| `{scope}` | {why}{' (dispensable)' if scope in DISPENSABLE else ''} |"
        for scope, why in SCOPES.items()
    ]

    assert table.splitlines() == asked


def slack_names(source: str) -> str:
    found = re.search(r"^SLACK = \((.*)\)$", source, re.MULTILINE)
    assert found is not None
    return found.group(1)


def test_the_guides_desk_is_a_desk(tmp_path: Path) -> None:
    guide = (ROOT / "docs" / "slack.md").read_text("utf-8")
    demo = (ROOT / "bot" / "demo" / "policy.yaml").read_text("utf-8")
    (example,) = re.findall(r"```yaml\n(desk:.*?)```", guide, re.DOTALL)
    policy = tmp_path / "policy.yaml"
    policy.write_text(f"{demo}\n{example}", "utf-8")

    assert load_tenant(policy).desk.channels == {"card-declined": "C0123CARDS"}
