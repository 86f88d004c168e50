"""What comes to a response_url: five times, within half an hour."""

from aiohttp import web

from tests.emulators.slack import chat
from tests.emulators.slack.arguments import Arguments
from tests.emulators.slack.state import (
    RESPONSE_LIFE_S,
    RESPONSE_USES,
    Channel,
    Dict,
    Message,
    Response,
    SlackError,
    State,
    Whisper,
)


def respond(state: State, name: str, said: Dict) -> web.Response:
    """Answer a POST to a response_url."""
    response = state.responses.get(name)
    if response is None:
        return web.Response(status=404, text="no_such_url")
    if state.clock() - response.at > RESPONSE_LIFE_S:
        return web.Response(status=404, text="expired_url")
    if response.uses >= RESPONSE_USES:
        return web.Response(status=404, text="used_url")
    response.uses += 1
    try:
        _act(state, response, Arguments(said))
    except SlackError as error:
        # Slack answers these with 404 and the word; the SDK shows both.
        return web.Response(status=404, text=error.error)
    return web.Response(text="ok")


def _act(state: State, response: Response, said: Arguments) -> None:
    channel = state.channel(response.team, response.channel)
    if said.flag("delete_original"):
        _delete(channel, response)
        return
    text, blocks = chat.content(said)
    if said.flag("replace_original"):
        original = _original(channel, response)
        original.text, original.blocks = text, blocks
        return
    thread = chat.thread_of(channel, said)
    if said.text("response_type", "ephemeral") == "ephemeral":
        channel.whispers.append(Whisper(state.ts(), response.user, text, blocks, thread))
        return
    team = state.team(response.team)
    message = Message(state.ts(), team.bot_user, text, blocks, thread, bot_id=team.bot_id)
    state.add(channel, message)


def _original(channel: Channel, response: Response) -> Message | Whisper:
    for whisper in channel.whispers:
        if whisper.ts == response.ts:
            return whisper
    if response.ts not in channel.messages:
        raise SlackError("no_original_message")
    return channel.messages[response.ts]


def _delete(channel: Channel, response: Response) -> None:
    original = _original(channel, response)
    if isinstance(original, Whisper):
        channel.whispers.remove(original)
    else:
        del channel.messages[response.ts]
