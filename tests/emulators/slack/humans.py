"""What people do in Slack that the app hears of: they write, edit, join, stop."""

import mimetypes
from abc import ABC, abstractmethod
from collections.abc import Sequence

from tests.emulators.slack import chat, events, streams
from tests.emulators.slack.delivery import Answer
from tests.emulators.slack.state import Channel, Dict, File, Message, State


class Humans(ABC):
    """The acts of people; each returns once the app has answered the first try, or not."""

    state: State

    @abstractmethod
    async def emit(self, kind: str, payload: Dict, team: str = "") -> Answer:
        """Send something to the app."""

    async def event(self, team: str, event: Dict) -> Answer:
        """Send any event, in a callback of its own."""
        payload = events.callback(self.state, self.state.team(team), event)
        return await self.emit(events.EVENTS, payload, team)

    async def says(
        self,
        team: str,
        channel: str,
        user: str,
        text: str,
        thread: str = "",
        files: Sequence[tuple[str, bytes]] = (),
        is_broadcast: bool = False,
    ) -> str:
        """Write as a person; `text` is as on the wire (`&amp;`, `<@U1>`); returns the ts.

        Files are names and contents. `is_broadcast` shows a reply in the channel, too.
        """
        self.state.user(team, user)
        place = self.state.channel(team, channel)
        shared = [self._file(team, user, name, content) for name, content in files]
        message = Message(self.state.ts(), user, text, thread=thread, files=shared)
        if shared:
            message.subtype = "file_share"
        elif is_broadcast:
            message.subtype, message.is_broadcast = "thread_broadcast", True
        await self._say(place, message)
        return message.ts

    async def direct(
        self,
        team: str,
        user: str,
        text: str,
        thread: str = "",
        files: Sequence[tuple[str, bytes]] = (),
    ) -> str:
        """Write to the bot alone; returns the ts, whose channel is `direct_of(team, user)`."""
        place = self.state.direct(team, user)
        return await self.says(team, place.id, user, text, thread, files)

    def direct_of(self, team: str, user: str) -> str:
        """Return the id of the channel of a person's direct messages with the bot."""
        return self.state.direct(team, user).id

    async def bot_says(
        self, team: str, channel: str, text: str, thread: str = "", name: str = "Deploy Bot"
    ) -> str:
        """Write as another app's bot; returns the ts."""
        user = self.state.user(team, f"U{team}OTHER", name, is_bot=True)
        place = self.state.channel(team, channel)
        message = Message(self.state.ts(), user.id, text, thread=thread, bot_id=f"B{team}OTHER")
        message.subtype, message.username = "bot_message", name
        await self._say(place, message)
        return message.ts

    async def edits(self, team: str, channel: str, ts: str, text: str) -> None:
        """Change what was written, as its author."""
        place = self.state.channel(team, channel)
        message = self.state.message(place, ts)
        before = events.message_json(self.state, place, message)
        message.text, message.edited = text, self.state.ts()
        await self._tell(place, events.changed(self.state, place, message, before))

    async def unfurls(self, team: str, channel: str, ts: str) -> None:
        """Let Slack add a preview below a message: changed, although nobody has edited it."""
        place = self.state.channel(team, channel)
        message = self.state.message(place, ts)
        before = events.message_json(self.state, place, message)
        message.attachments = [{"id": 1, "title": "A page", "from_url": "https://example.com/"}]
        await self._tell(place, events.changed(self.state, place, message, before))

    async def deletes(self, team: str, channel: str, ts: str) -> None:
        """Take a message away."""
        place = self.state.channel(team, channel)
        before = chat.remove(self.state, place, self.state.message(place, ts))
        await self._tell(place, events.deleted(self.state, place, before))

    async def reacts(self, team: str, channel: str, ts: str, user: str, name: str) -> None:
        """Put an emoji under a message."""
        self.state.user(team, user)
        place = self.state.channel(team, channel)
        message = self.state.message(place, ts)
        message.reacted.setdefault(name, []).append(user)
        event = events.reacted(self.state, place, message, user, name, "reaction_added")
        await self._tell(place, event)

    async def joins(self, team: str, channel: str, user: str) -> str:
        """Join a channel; a line in it says so, and its ts is returned."""
        person = self.state.user(team, user)
        place = self.state.channel(team, channel)
        text = f"<@{person.id}> has joined the channel"
        message = Message(self.state.ts(), user, text, subtype="channel_join")
        await self._say(place, message)
        joined = {"type": "member_joined_channel", "user": user, "channel": channel, "team": team}
        await self._tell(place, {**joined, "channel_type": "C", "event_ts": self.state.ts()})
        return message.ts

    async def archives(self, team: str, channel: str, user: str) -> None:
        """Close a channel for good."""
        place = self.state.channel(team, channel)
        place.is_archived = True
        event = {"type": "channel_archive", "channel": channel, "user": user}
        await self._tell(place, {**event, "event_ts": self.state.ts()})

    async def removes_bot(self, team: str, channel: str) -> None:
        """Take the bot out of a channel; a private one it cannot see any more."""
        bot = self.state.team(team).bot_user
        self.state.channel(team, channel).members.discard(bot)
        left = {"type": "channel_left", "channel": channel, "event_ts": self.state.ts()}
        await self.event(team, left)

    async def stops(self, team: str, channel: str, thread: str, user: str) -> None:
        """Press the native Stop: the streams of the thread end, and the app is told."""
        place = self.state.channel(team, channel)
        stopped = []
        for message in self.state.thread(place, thread):
            stream = self.state.streams.get((channel, message.ts))
            if stream is not None and stream.is_open:
                stream.was_stopped = True
                streams.close(self.state, channel, message.ts)
                stopped.append(message.ts)
        event = {
            "type": "agent_session_stopped",
            "user": user,
            "channel": channel,
            "thread_ts": thread,
            "streaming_message_ts": stopped,
            "event_ts": self.state.ts(),
        }
        await self._tell(place, event)

    async def uninstalls(self, team: str, error: str = "account_inactive") -> None:
        """Remove the app: it is told twice, and its token is worth nothing."""
        workspace = self.state.team(team)
        workspace.token_error = error
        revoked = {"type": "tokens_revoked", "tokens": {"oauth": [], "bot": [workspace.bot_user]}}
        await self.event(team, revoked)
        await self.event(team, {"type": "app_uninstalled"})

    async def _say(self, place: Channel, message: Message) -> None:
        place.members.add(message.user)
        self.state.add(place, message)
        await self._tell(place, events.said(self.state, place, message))
        bot = self.state.team(place.team).bot_user
        if f"<@{bot}" in message.text and place.kind != "im":
            await self._tell(place, events.mentioned(self.state, place, message))

    async def _tell(self, place: Channel, event: Dict) -> None:
        """Send an event of a channel, if the bot is in it."""
        if self.state.team(place.team).bot_user in place.members:
            await self.event(place.team, event)

    def _file(self, team: str, user: str, name: str, content: bytes) -> File:
        kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
        file = File(self.state.new_id("F"), team, name, len(content), user, kind, name, content)
        file.is_shared = True
        self.state.files[file.id] = file
        return file
