"""Files: an address to send them to, their bytes, and who may have them."""

import mimetypes

from aiohttp import web

from tests.emulators.slack import events
from tests.emulators.slack.arguments import Arguments
from tests.emulators.slack.chat import TS
from tests.emulators.slack.state import Dict, File, Message, SlackError, State, Team

MOST_BYTES = 1_073_741_824
SIGN_IN = "<!DOCTYPE html><html><body>Sign in to your workspace</body></html>"


def upload_url(state: State, team: Team, said: Arguments) -> Dict:
    name, length = said.needed("filename"), said.number("length", 0)
    if not 0 < length <= MOST_BYTES:
        raise SlackError("invalid_arguments", "length")
    file = File(state.new_id("F"), team.id, name, length, team.bot_user)
    file.media_type = mimetypes.guess_type(name)[0] or file.media_type
    state.files[file.id] = file
    return {"upload_url": f"{state.url}/upload/v1/{file.id}", "file_id": file.id}


def complete_upload(state: State, team: Team, said: Arguments) -> Dict:
    listed = said.decoded("files")
    if not isinstance(listed, list) or not listed:
        raise SlackError("invalid_arguments", "missing required field: files")
    files = [_uploaded(state, team, entry) for entry in listed]
    channels = said.text("channels") or said.text("channel_id")
    thread = said.text("thread_ts")
    if thread and not TS.fullmatch(thread):
        raise SlackError("invalid_thread_ts")
    places = [state.writable(team, name) for name in channels.split(",") if name]
    for channel in places:
        message = Message(
            state.ts(), team.bot_user, said.text("initial_comment"), thread=thread, files=files
        )
        message.bot_id, message.subtype = team.bot_id, "file_share"
        state.add(channel, message)
        state.announce(team, events.said(state, channel, message))
    for file in files:
        file.is_shared = True
    return {"files": [events.file_json(state, file) for file in files]}


def _uploaded(state: State, team: Team, entry: object) -> File:
    if not isinstance(entry, dict) or not isinstance(entry.get("id"), str):
        raise SlackError("invalid_arguments", "a file has an id")
    file = state.files.get(entry["id"])
    if file is None or file.team != team.id or file.content is None or file.is_shared:
        raise SlackError("file_not_found")
    file.title = str(entry.get("title", ""))
    return file


def info(state: State, team: Team, said: Arguments) -> Dict:
    file = state.files.get(said.needed("file"))
    if file is None or file.team != team.id or file.content is None:
        raise SlackError("file_not_found")
    return {"file": events.file_json(state, file)}


async def receive(state: State, request: web.Request) -> web.Response:
    """Take the bytes, as they are or in a form."""
    file = state.files.get(request.match_info["file"])
    if file is None or file.content is not None:
        return web.Response(status=404)
    content = await request.read()
    if request.content_type == "multipart/form-data":
        content = b""
        for part in (await request.post()).values():
            if isinstance(part, web.FileField):
                content = part.file.read()
    if len(content) != file.size:
        return web.Response(status=500, text=f"expected {file.size} bytes, got {len(content)}")
    file.content = content
    return web.Response(text=f"OK - {len(content)}")


def send(state: State, request: web.Request) -> web.Response:
    """Answer with the bytes; who has no token gets the page to sign in, as a 200."""
    team_id, _, file_id = request.match_info["file"].partition("-")
    file = state.files.get(file_id)
    try:
        team = state.of_token(request.headers.get("Authorization", "").removeprefix("Bearer "))
    except SlackError:
        team = None
    if file is None or team is None or team.id != team_id or "files:read" not in team.scopes:
        return web.Response(status=302, headers={"Location": f"{state.url}/signin"})
    if file.content is None:
        return web.Response(status=404)
    return web.Response(body=file.content, content_type=file.media_type)


async def sign_in(request: web.Request) -> web.Response:
    """Answer as Slack does to whoever may not have a file."""
    return web.Response(text=SIGN_IN, content_type="text/html")
