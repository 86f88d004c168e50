"""Streamed messages: a state machine, five minutes long. Source: reference/channels.md 3.4."""

from tests.emulators.slack import events
from tests.emulators.slack.arguments import Arguments
from tests.emulators.slack.blocks import check_message
from tests.emulators.slack.chat import dress, metadata, own, thread_of
from tests.emulators.slack.state import (
    Channel,
    Dict,
    Message,
    SlackError,
    State,
    Status,
    Stream,
    Team,
)

LIFE_S = 300.0
MOST_CHARS = 12_000
MOST_TASK = 256
TASK_STATES = frozenset({"pending", "in_progress", "complete", "error"})
SESSION_STATES = frozenset({"active", "processing", "suspended", "closed"})


def start(state: State, team: Team, said: Arguments) -> Dict:
    channel = state.writable(team, said.needed("channel"))
    thread = thread_of(channel, said) or said.needed("thread_ts")
    if channel.kind != "im":
        for name in ("recipient_user_id", "recipient_team_id"):
            if not said.text(name):
                raise SlackError(f"missing_{name}")
        user = state.users.get((said.text("recipient_team_id"), said.text("recipient_user_id")))
        if user is None:
            raise SlackError("user_not_found")
    if said.text("task_display_mode", "timeline") not in {"timeline", "plan"}:
        raise SlackError("invalid_arguments", "task_display_mode")
    stream = Stream(state.clock())
    message = Message(state.ts(), team.bot_user, "", thread=thread, bot_id=team.bot_id)
    message.is_streaming = True
    dress(message, team, said)
    _append(message, stream, said)
    state.add(channel, message)
    state.streams[channel.id, message.ts] = stream
    state.statuses.pop((channel.id, thread), None)
    state.announce(team, events.said(state, channel, message))
    return {"channel": channel.id, "ts": message.ts}


def append(state: State, team: Team, said: Arguments) -> Dict:
    channel, message, stream = _open(state, team, said)
    if not said.text("markdown_text") and not said.decoded("chunks"):
        raise SlackError("no_text")
    _append(message, stream, said)
    return {"channel": channel.id, "ts": message.ts}


def stop(state: State, team: Team, said: Arguments) -> Dict:
    channel, message, stream = _open(state, team, said)
    blocks = check_message(said.decoded("blocks", "invalid_blocks_format") or [])
    status = said.text("session_status")
    if status and status not in SESSION_STATES:
        raise SlackError("invalid_arguments", "session_status")
    found = metadata(said)
    _append(message, stream, said)
    before = events.message_json(state, channel, message)
    message.is_streaming = stream.is_open = False
    message.blocks += blocks
    message.metadata = found or {}
    if status or (channel.id, message.thread) in state.sessions:
        state.sessions[channel.id, message.thread] = status or "active"
    state.announce(team, events.changed(state, channel, message, before))
    shown = events.message_json(state, channel, message, with_metadata=True)
    return {"channel": channel.id, "ts": message.ts, "message": shown}


def expire(state: State) -> None:
    """Close the streams whose time has run out."""
    for (channel_id, ts), stream in state.streams.items():
        if stream.is_open and state.clock() - stream.started_at >= LIFE_S:
            close(state, channel_id, ts)


def close(state: State, channel_id: str, ts: str) -> None:
    """End a stream from Slack's side; what it says stays."""
    state.streams[channel_id, ts].is_open = False
    for channel in state.channels.values():
        if channel.id == channel_id and ts in channel.messages:
            channel.messages[ts].is_streaming = False


def _open(state: State, team: Team, said: Arguments) -> tuple[Channel, Message, Stream]:
    channel = state.writable(team, said.needed("channel"))
    message = state.message(channel, said.needed("ts"))
    own(message, team, "message_not_owned_by_app")
    stream = state.streams.get((channel.id, message.ts))
    if stream is not None and stream.was_stopped:
        raise SlackError("stopped_by_user")
    if stream is None or not stream.is_open:
        raise SlackError("message_not_in_streaming_state")
    return channel, message, stream


def _append(message: Message, stream: Stream, said: Arguments) -> None:
    """Add to a message, all of it or, when something is wrong, nothing."""
    chunks = said.decoded("chunks") or []
    text = said.text("markdown_text")
    if text and chunks:
        raise SlackError("markdown_text_conflict", "markdown_text and chunks are exclusive")
    if not text and not chunks:
        return
    if stream.uses_chunks is not None and stream.uses_chunks != bool(chunks):
        raise SlackError("streaming_mode_mismatch")
    blocks: list[Dict] = []
    for chunk in chunks:
        text += _text_of(chunk, blocks)
    if len(text) > MOST_CHARS or len(message.text) + len(text) > MOST_CHARS:
        raise SlackError("msg_too_long")
    stream.uses_chunks = bool(chunks)
    message.text += text
    message.chunks += chunks
    message.blocks += blocks


def _text_of(chunk: object, blocks: list[Dict]) -> str:
    match chunk:
        case {"type": "markdown_text", "text": str() as text} if text:
            return text
        case {"type": "task_update", "id": str(), "title": str() as title, "status": str() as at}:
            if at not in TASK_STATES or not 0 < len(title) <= MOST_TASK:
                raise SlackError("invalid_chunks", "task_update")
            return ""
        case {"type": "plan_update", "title": str() as title} if 0 < len(title) <= MOST_TASK:
            return ""
        case {"type": "blocks", "blocks": list() as found}:
            blocks += check_message(found)
            return ""
        case _:
            raise SlackError("invalid_chunks")


def set_status(state: State, team: Team, said: Arguments) -> Dict:
    channel, thread = _thread(state, team, said)
    if "status" not in said:
        raise SlackError("invalid_arguments", "missing required field: status")
    loading = said.decoded("loading_messages") or []
    if not isinstance(loading, list) or len(loading) > 10:
        raise SlackError("invalid_arguments", "no more than 10 loading_messages")
    status = said.text("status")
    if status:
        state.statuses[channel.id, thread] = Status(status, loading, state.clock())
    else:
        state.statuses.pop((channel.id, thread), None)
    return {}


def set_title(state: State, team: Team, said: Arguments) -> Dict:
    channel, thread = _thread(state, team, said)
    state.titles[channel.id, thread] = said.needed("title")
    return {}


def set_prompts(state: State, team: Team, said: Arguments) -> Dict:
    channel = state.writable(team, said.needed("channel_id"))
    prompts = said.decoded("prompts")
    if not isinstance(prompts, list) or not 0 < len(prompts) <= 4:
        raise SlackError("invalid_arguments", "between 1 and 4 prompts")
    for prompt in prompts:
        if not isinstance(prompt, dict) or not prompt.get("title") or not prompt.get("message"):
            raise SlackError("invalid_arguments", "a prompt has a title and a message")
    state.prompts[channel.id, said.text("thread_ts")] = prompts
    return {}


def set_session(state: State, team: Team, said: Arguments) -> Dict:
    channel = state.writable(team, said.needed("channel_id"))
    status = said.needed("status")
    if status not in SESSION_STATES:
        raise SlackError("invalid_arguments", "status")
    state.sessions[channel.id, thread_of(channel, said)] = status
    return {"session": {"channel_id": channel.id, "status": status}}


def _thread(state: State, team: Team, said: Arguments) -> tuple[Channel, str]:
    channel = state.writable(team, said.needed("channel_id"))
    thread = thread_of(channel, said) or said.needed("thread_ts")
    return channel, thread
