"""`chat.*` and `reactions.*`, without streams."""

import re

from tests.emulators.slack import events
from tests.emulators.slack.arguments import Arguments
from tests.emulators.slack.blocks import check_message, texts
from tests.emulators.slack.state import (
    Channel,
    Dict,
    Message,
    SlackError,
    State,
    Team,
    Whisper,
)

MOST_TEXT = 40_000
"""Longer ones are cut."""
MOST_UPDATE = 4_000
MOST_MARKDOWN = 12_000
MOST_REACTIONS = 23
TS = re.compile(r"\d{1,12}\.\d{6}")
EMOJI = re.compile(r"[a-z0-9_+'-]{1,100}(::skin-tone-[2-6])?")
EVENT_TYPE = re.compile(r"[A-Za-z0-9_.-]{1,255}")


def post_message(state: State, team: Team, said: Arguments) -> Dict:
    channel = state.writable(team, said.needed("channel"))
    text, blocks = content(said)
    message = Message(
        state.ts(),
        team.bot_user,
        text[:MOST_TEXT],
        blocks,
        thread_of(channel, said),
        metadata(said) or {},
        bot_id=team.bot_id,
    )
    dress(message, team, said)
    message.attachments = said.decoded("attachments") or []
    message.is_broadcast = said.flag("reply_broadcast") and bool(message.thread)
    if message.is_broadcast:
        message.subtype = "thread_broadcast"
    state.add(channel, message)
    state.announce(team, events.said(state, channel, message))
    shown = events.message_json(state, channel, message, with_metadata=True)
    return {"channel": channel.id, "ts": message.ts, "message": shown}


def post_ephemeral(state: State, team: Team, said: Arguments) -> Dict:
    channel = state.writable(team, said.needed("channel"))
    user = said.needed("user")
    if (team.id, user) not in state.users:
        raise SlackError("user_not_in_channel")
    text, blocks = content(said)
    whisper = Whisper(state.ts(), user, text, blocks, thread_of(channel, said))
    channel.whispers.append(whisper)
    return {"message_ts": whisper.ts}


def update(state: State, team: Team, said: Arguments) -> Dict:
    channel = state.writable(team, said.needed("channel"))
    message = state.message(channel, said.needed("ts"))
    own(message, team, "cant_update_message")
    if message.is_streaming:
        raise SlackError("streaming_state_conflict")
    before = events.message_json(state, channel, message)
    if said.values.keys() & {"text", "blocks", "markdown_text"}:
        text, blocks = content(said)
        if len(text) > MOST_UPDATE and "markdown_text" not in said:
            raise SlackError("msg_too_long")
        message.earlier = [*message.blocks, *message.earlier]
        message.text, message.blocks, message.chunks = text, blocks, []
        # Slack shows no "edited" on a message that was given blocks.
        message.edited = message.edited if blocks else state.ts()
    elif "metadata" not in said:
        raise SlackError("no_text")
    found = metadata(said)
    message.metadata = message.metadata if found is None else found
    state.announce(team, events.changed(state, channel, message, before))
    shown = events.message_json(state, channel, message, with_metadata=True)
    return {"channel": channel.id, "ts": message.ts, "text": message.text, "message": shown}


def delete(state: State, team: Team, said: Arguments) -> Dict:
    channel = state.visible(team, said.needed("channel"))
    message = state.message(channel, said.needed("ts"))
    own(message, team, "cant_delete_message")
    if message.is_streaming:
        raise SlackError("cant_delete_message")
    before = remove(state, channel, message)
    state.announce(team, events.deleted(state, channel, before))
    return {"channel": channel.id, "ts": message.ts}


def remove(state: State, channel: Channel, message: Message) -> Dict:
    """Take a message away, and return how it looked; a parent leaves a tombstone."""
    before = events.message_json(state, channel, message)
    if any(other.thread == message.ts for other in channel.messages.values()):
        gone = Message(message.ts, "USLACKBOT", "This message was deleted.", is_tombstone=True)
        channel.messages[message.ts] = gone
    else:
        del channel.messages[message.ts]
    return before


def permalink(state: State, team: Team, said: Arguments) -> Dict:
    channel = state.visible(team, said.needed("channel"))
    message = state.message(channel, said.needed("message_ts"))
    path = f"/archives/{channel.id}/p{message.ts.replace('.', '')}"
    tail = f"?thread_ts={message.thread}&cid={channel.id}" if message.thread else ""
    return {"channel": channel.id, "permalink": f"{state.url}{path}{tail}"}


def react(state: State, team: Team, said: Arguments) -> Dict:
    channel, message, name = _reaction(state, team, said)
    users = message.reacted.get(name, [])
    if team.bot_user in users:
        raise SlackError("already_reacted")
    if not users and len(message.reacted) >= MOST_REACTIONS:
        raise SlackError("too_many_emoji")
    message.reacted[name] = [*users, team.bot_user]
    event = events.reacted(state, channel, message, team.bot_user, name, "reaction_added")
    state.announce(team, event)
    return {}


def unreact(state: State, team: Team, said: Arguments) -> Dict:
    channel, message, name = _reaction(state, team, said)
    users = message.reacted.get(name, [])
    if team.bot_user not in users:
        raise SlackError("no_reaction")
    users.remove(team.bot_user)
    if not users:
        del message.reacted[name]
    event = events.reacted(state, channel, message, team.bot_user, name, "reaction_removed")
    state.announce(team, event)
    return {}


def _reaction(state: State, team: Team, said: Arguments) -> tuple[Channel, Message, str]:
    name = said.needed("name")
    if not EMOJI.fullmatch(name):
        raise SlackError("invalid_name")
    if "timestamp" not in said:
        raise SlackError("no_item_specified")
    channel = state.writable(team, said.needed("channel"))
    return channel, state.message(channel, said.needed("timestamp")), name


def content(said: Arguments) -> tuple[str, list[Dict]]:
    """Return text and blocks of what is to be posted.

    Raises:
        SlackError: `no_text`, `markdown_text_conflict`, `msg_too_long`, or what the blocks raise.
    """
    blocks = check_message(said.decoded("blocks", "invalid_blocks_format") or [])
    text = said.text("text")
    if "markdown_text" in said:
        if blocks or text:
            raise SlackError("markdown_text_conflict")
        text = said.text("markdown_text")
        if len(text) > MOST_MARKDOWN:
            raise SlackError("msg_too_long")
    if not text.strip() and not blocks and not said.decoded("attachments"):
        raise SlackError("no_text")
    return text or " ".join(texts(blocks)), blocks


def thread_of(channel: Channel, said: Arguments) -> str:
    ts = said.text("thread_ts")
    if ts and not TS.fullmatch(ts):
        raise SlackError("invalid_thread_ts")
    if ts and ts not in channel.messages:
        raise SlackError("thread_not_found")
    return ts


def metadata(said: Arguments) -> Dict | None:
    """Return the metadata, None when it is not named; an empty one removes what is there."""
    if "metadata" not in said:
        return None
    found = said.decoded("metadata", "invalid_metadata_format")
    if found == {}:
        return {}
    match found:
        case {"event_type": str() as kind, "event_payload": dict()} if EVENT_TYPE.fullmatch(kind):
            return dict(found)
        case _:
            raise SlackError("invalid_metadata_format")


def dress(message: Message, team: Team, said: Arguments) -> None:
    """Give a message the name and picture that it shall have instead of the bot's."""
    message.username = said.text("username")
    message.icon = said.text("icon_emoji") or said.text("icon_url")
    is_dressed = message.username or message.icon
    if is_dressed and "chat:write.customize" not in team.scopes:
        provided = ",".join(sorted(team.scopes))
        raise SlackError("missing_scope", needed="chat:write.customize", provided=provided)
    if message.username:
        message.subtype = "bot_message"


def own(message: Message, team: Team, error: str) -> None:
    if message.bot_id != team.bot_id:
        raise SlackError(error)
