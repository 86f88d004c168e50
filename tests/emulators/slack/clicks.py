"""What people do with what the app shows: buttons, modals, commands, shortcuts."""

import json
from collections.abc import Mapping, Sequence

from tests.emulators.slack import events, views
from tests.emulators.slack.blocks import check_view, elements
from tests.emulators.slack.delivery import Answer
from tests.emulators.slack.humans import Humans
from tests.emulators.slack.state import Channel, Dict, Message, Response, Whisper

OPTIONAL_BUTTON_FIELDS = ("value", "style", "url")


class Clicks(Humans):
    """The acts of people on blocks and views; each returns the status that the app answered."""

    async def clicks(
        self, team: str, channel: str, ts: str, user: str, action: str, value: str = ""
    ) -> int:
        """Use what has this `action_id`, whole or up to a colon, in a message that the user sees.

        For a button, `value` picks the one whose value contains it; for a select it is what is
        chosen. `ts` may be that of an ephemeral message, too. What an update has replaced may still
        be pressed, as by somebody whose screen is behind.
        """
        self.state.user(team, user)
        place = self.state.channel(team, channel)
        shown = self._seen(place, ts, user)
        earlier = shown.earlier if isinstance(shown, Message) else ()
        block, element = found([*shown.blocks, *earlier], action, value)
        payload = events.interaction(self.state, "block_actions", team, user)
        response = Response(team, channel, user, ts, self.state.clock())
        payload |= events.container(self.state, place, shown)
        payload["response_url"] = self.state.new_response(response)
        payload["actions"] = [self._action(block, element, value)]
        return (await self.emit(events.INTERACTIVE, payload, team)).status

    async def clicks_in_home(self, team: str, user: str, action: str, value: str = "") -> int:
        """Use what has this `action_id` in the home of a user."""
        return await self._clicks_in(self.state.homes[team, user], team, user, action, value)

    async def clicks_in_view(self, team: str, user: str, action: str, value: str = "") -> int:
        """Use what has this `action_id` in the modal that is open for a user."""
        return await self._clicks_in(self._top(team, user), team, user, action, value)

    async def submits(self, team: str, user: str, values: Mapping[str, str]) -> int:
        """Fill in the modal that is open (block_id -> value) and submit it.

        Who leaves an input empty that is needed, or enters what does not fit, gets an
        AssertionError: Slack itself would not let him submit.
        """
        view = self._top(team, user)
        entered = {block: {name: value} for block, name, value in filled(view, values)}
        payload = events.interaction(self.state, "view_submission", team, user)
        payload |= {"view": {**view, "state": {"values": entered}}, "response_urls": []}
        answer = await self.emit(events.INTERACTIVE, payload, team)
        if answer.is_ok:
            self._after_submit(team, user, view, answer)
        return answer.status

    async def closes(self, team: str, user: str) -> int:
        """Close the modal; the app hears of it only if it has asked for that."""
        view = self._top(team, user)
        self.state.stacks[team, user].pop()
        if not view["notify_on_close"]:
            return 200
        payload = events.interaction(self.state, "view_closed", team, user)
        payload.pop("trigger_id")
        payload |= {"view": view, "is_cleared": False}
        return (await self.emit(events.INTERACTIVE, payload, team)).status

    async def commands(self, team: str, channel: str, user: str, command: str, text: str) -> int:
        """Write a slash command; what the app answers at once, only this person sees."""
        self.state.user(team, user)
        place = self.state.channel(team, channel)
        url = self.state.new_response(Response(team, channel, user, "", self.state.clock()))
        fields = events.command(self.state, place, user, f"{command} {text}".strip(), url)
        answer = await self.emit(events.COMMANDS, fields, team)
        if answer.is_ok and answer.body.strip():
            words = answer.body.decode()
            said: Dict = json.loads(words) if words.lstrip().startswith("{") else {"text": words}
            whisper = Whisper(self.state.ts(), user, said.get("text", ""), said.get("blocks", []))
            place.whispers.append(whisper)
        return answer.status

    async def opens_home(self, team: str, user: str, tab: str = "home") -> int:
        """Open the app's page; `tab` is `home` or `messages`."""
        channel = self.state.direct(team, user)
        event: Dict = {"type": "app_home_opened", "user": user, "channel": channel.id, "tab": tab}
        event["event_ts"] = self.state.ts()
        if tab == "home" and (team, user) in self.state.homes:
            event["view"] = self.state.homes[team, user]
        return (await self.event(team, event)).status

    async def uses_shortcut(
        self, team: str, user: str, callback_id: str, channel: str = "", ts: str = ""
    ) -> int:
        """Use a shortcut, on a message when one is named."""
        self.state.user(team, user)
        kind = "message_action" if ts else "shortcut"
        payload = events.interaction(self.state, kind, team, user)
        payload |= {"callback_id": callback_id, "action_ts": self.state.ts()}
        if ts:
            place = self.state.channel(team, channel)
            shown = events.container(self.state, place, self.state.message(place, ts))
            response = Response(team, channel, user, ts, self.state.clock())
            payload |= {"channel": shown["channel"], "message": shown["message"]}
            payload |= {"message_ts": ts, "response_url": self.state.new_response(response)}
        return (await self.emit(events.INTERACTIVE, payload, team)).status

    async def _clicks_in(self, view: Dict, team: str, user: str, action: str, value: str) -> int:
        block, element = found(view["blocks"], action, value)
        payload = events.interaction(self.state, "block_actions", team, user)
        payload |= {
            "container": {"type": "view", "view_id": view["id"]},
            "view": view,
            "actions": [self._action(block, element, value)],
        }
        return (await self.emit(events.INTERACTIVE, payload, team)).status

    def _seen(self, place: Channel, ts: str, user: str) -> Message | Whisper:
        for whisper in place.whispers:
            if whisper.ts == ts and whisper.user == user:
                return whisper
        return self.state.message(place, ts)

    def _top(self, team: str, user: str) -> Dict:
        stack = self.state.stacks.get((team, user))
        assert stack, f"no modal is open for {user!r}"
        return self.state.views[stack[-1]]

    def _action(self, block: Dict, element: Dict, value: str) -> Dict:
        action: Dict = {
            "type": element["type"],
            "action_id": element["action_id"],
            "block_id": block["block_id"],
            "action_ts": self.state.ts(),
        }
        if element["type"] != "button":
            return action | chosen(element, value)
        kept = {name: element[name] for name in OPTIONAL_BUTTON_FIELDS if name in element}
        return action | kept | {"text": element["text"]}

    def _after_submit(self, team: str, user: str, view: Dict, answer: Answer) -> None:
        """Close the modal, or do what the app has answered."""
        stack = self.state.stacks[team, user]
        said = json.loads(answer.body) if answer.body.strip() else {}
        match said.get("response_action"):
            case "errors":
                self.state.views[view["id"]]["errors"] = said["errors"]
            case "update":
                views.replaced(self.state, view, check_view(said["view"]))
            case "push":
                new = check_view(said["view"])
                views.stacked(self.state, self.state.team(team), user, new)
            case "clear":
                stack.clear()
            case _:
                if view["id"] in stack:
                    stack.remove(view["id"])


def found(blocks: Sequence[Dict], action: str, value: str) -> tuple[Dict, Dict]:
    """Return the element with an action id, and its block."""
    names = []
    for block, element in elements(blocks):
        id = element["action_id"]
        names.append(id)
        is_meant = element["type"] != "button" or value in element.get("value", "")
        if action in (id, id.partition(":")[0]) and is_meant:
            return block, element
    raise AssertionError(f"no {action!r} with {value!r} in {names}")


def chosen(element: Dict, value: str) -> Dict:
    """Return what an element says once this was entered."""
    match element["type"]:
        case "users_select":
            return {"selected_user": value or None}
        case "conversations_select":
            return {"selected_conversation": value or None}
        case "channels_select":
            return {"selected_channel": value or None}
        case "static_select" | "radio_buttons" | "overflow":
            options = [o for o in element["options"] if value in (o["value"], o["text"]["text"])]
            assert options or not value, f"{value!r} cannot be chosen"
            return {"selected_option": options[0] if options else None}
        case "feedback_buttons":
            ways = [element["positive_button"], element["negative_button"]]
            pressed = [way for way in ways if way["value"] == value]
            assert pressed, f"{value!r} is neither of the two"
            return {"value": value, "text": pressed[0]["text"]}
        case "icon_button":
            return {"value": element.get("value", "")}
        case "datepicker":
            return {"selected_date": value or None}
        case _:
            return {"value": value or None}


def filled(view: Dict, values: Mapping[str, str]) -> list[tuple[str, str, Dict]]:
    """Return block id, action id and answer of each input of a modal."""
    inputs = [block for block in view["blocks"] if block["type"] == "input"]
    unknown = values.keys() - {block["block_id"] for block in inputs}
    assert not unknown, f"no input for {sorted(unknown)}"
    answers = []
    for block in inputs:
        element = block["element"]
        value = values.get(block["block_id"], preset(element))
        assert value or block.get("optional"), f"{block['block_id']!r} must be filled in"
        if element["type"] == "plain_text_input":
            least, most = element.get("min_length", 0), element.get("max_length", 3_000)
            assert not value or least <= len(value) <= most, f"{block['block_id']!r} does not fit"
        answer = {"type": element["type"], **chosen(element, value)}
        answers.append((block["block_id"], element["action_id"], answer))
    return answers


def preset(element: Dict) -> str:
    """Return what stands in an input before somebody enters anything."""
    option = element.get("initial_option")
    return str(
        option["value"]
        if option
        else element.get("initial_value") or element.get("initial_user") or ""
    )
