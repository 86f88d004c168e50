"""Modals and homes."""

from tests.emulators.slack.arguments import Arguments
from tests.emulators.slack.blocks import check_view
from tests.emulators.slack.state import APP, Dict, SlackError, State, Team

MOST_STACKED = 3


def open_view(state: State, team: Team, said: Arguments) -> Dict:
    view = _modal(said)
    trigger = state.use_trigger(team, said.needed("trigger_id"))
    key = (team.id, trigger.user)
    if state.stacks.get(key):
        # Slack opens it over what is there, which is then gone.
        state.stacks[key] = []
    return {"view": _shown(state, team, trigger.user, view)}


def push(state: State, team: Team, said: Arguments) -> Dict:
    view = _modal(said)
    trigger = state.use_trigger(team, said.needed("trigger_id"))
    stack = state.stacks.get((team.id, trigger.user), [])
    if not stack:
        raise SlackError("not_found")
    if len(stack) >= MOST_STACKED:
        raise SlackError("push_limit_reached")
    return {"view": _shown(state, team, trigger.user, view)}


def update(state: State, team: Team, said: Arguments) -> Dict:
    external = said.text("external_id")
    found = [view for view in state.views.values() if external and view["external_id"] == external]
    old = found[0] if found else state.views.get(said.text("view_id"))
    if old is None or old["team_id"] != team.id:
        raise SlackError("not_found")
    if said.text("hash") and said.text("hash") != old["hash"]:
        raise SlackError("hash_conflict")
    return {"view": replaced(state, old, _modal(said))}


def publish(state: State, team: Team, said: Arguments) -> Dict:
    user = said.needed("user_id")
    if (team.id, user) not in state.users:
        raise SlackError("user_not_found")
    view = check_view(said.decoded("view"))
    if view["type"] != "home":
        raise SlackError("invalid_arguments", "must be a home")
    old = state.homes.get((team.id, user))
    if said.text("hash") and (old is None or said.text("hash") != old["hash"]):
        raise SlackError("hash_conflict")
    home = whole(state, team.id, view, old["id"] if old else state.new_id("V"))
    state.homes[team.id, user] = home
    return {"view": home}


def replaced(state: State, old: Dict, view: Dict) -> Dict:
    """Put a view in the place of one that is open."""
    new = whole(state, old["team_id"], view, old["id"])
    new |= {"root_view_id": old["root_view_id"], "previous_view_id": old["previous_view_id"]}
    state.views[old["id"]] = new
    return new


def stacked(state: State, team: Team, user: str, view: Dict) -> Dict:
    """Put a view on top of what a user sees."""
    return _shown(state, team, user, view)


def whole(state: State, team: str, view: Dict, id: str) -> Dict:
    """Return a view as Slack shows it."""
    return {
        "private_metadata": "",
        "callback_id": "",
        "external_id": "",
        "submit": None,
        "close": None,
        "clear_on_close": False,
        "notify_on_close": False,
        "previous_view_id": None,
        **view,
        "id": id,
        "team_id": team,
        "state": {"values": {}},
        "hash": f"{int(state.unix())}.{state.number():08x}",
        "root_view_id": id,
        "app_id": APP,
        "app_installed_team_id": team,
        "bot_id": state.teams[team].bot_id,
    }


def _modal(said: Arguments) -> Dict:
    view = check_view(said.decoded("view"))
    if view["type"] != "modal":
        raise SlackError("invalid_arguments", "must be a modal")
    return view


def _shown(state: State, team: Team, user: str, view: Dict) -> Dict:
    external = view.get("external_id")
    if external and any(other["external_id"] == external for other in state.views.values()):
        raise SlackError("duplicate_external_id")
    stack = state.stacks.setdefault((team.id, user), [])
    new = whole(state, team.id, view, state.new_id("V"))
    if stack:
        new |= {"root_view_id": stack[0], "previous_view_id": stack[-1]}
    state.views[new["id"]] = new
    stack.append(new["id"])
    return new
