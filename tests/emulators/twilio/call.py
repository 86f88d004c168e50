"""One call as Twilio keeps it: its webhooks, the TwiML that is in force, and its sockets."""

import asyncio
import json
import secrets
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from urllib.parse import urljoin

from tests.emulators.twilio.account import Signer
from tests.emulators.twilio.driver import SIGNATURE, Delivery, sign
from tests.emulators.twilio.hearing import Hearing
from tests.emulators.twilio.relay_rules import CLOSE_OF_FAULTS, SOCKET_ENDED, Read
from tests.emulators.twilio.relay_socket import SWITCHING, RelaySocket
from tests.emulators.twilio.twiml import Element, Twiml, TwimlError, read_twiml

VOICE_PATH = "/channels/voice"
CONNECT_FAILED = 64102
Post = Callable[[str, Mapping[str, str]], Awaitable[Delivery]]
"""Posts a signed form to one of the app's public addresses."""
ENDING = ("Connect", "Dial", "Enqueue", "Hangup", "Reject", "Redirect")
"""What nothing that stands behind it is done after."""
MOST_ANSWERS = 50
XML_TYPES = ("text/xml", "application/xml")


@dataclass(frozen=True, slots=True)
class Ended:
    """One POST to the action of `<Connect>`, and its answer."""

    fields: Mapping[str, str]
    status: int
    text: str

    @property
    def session_status(self) -> str:
        return self.fields["SessionStatus"]


@dataclass(slots=True)
class Line:
    """Who calls whom, and where the app is."""

    signer: Signer
    app_url: str
    sender: str
    to: str
    fields: Mapping[str, str] = field(default_factory=dict)
    """More fields of the webhook."""
    signature: str | None = None
    """Of the upgrade, instead of the right one; empty for none."""
    sends_setup: bool = True
    headers: Mapping[str, str] = field(default_factory=dict)
    """More headers of the upgrade, as a proxy would add them."""
    host: str = ""
    """What a proxy has made of the Host header of the upgrade; empty for the public one."""
    path: str = VOICE_PATH


class Call:
    """A call, from the webhook to its end."""

    def __init__(self, line: Line, hearing: Hearing, post: Post) -> None:
        self.sid = "CA" + secrets.token_hex(16)
        self.line = line
        self.hearing = hearing
        self.twiml = Twiml("")
        """In force: the last that came."""
        self.answers: list[Twiml] = []
        """All that came."""
        self.webhook: Delivery | None = None
        """How the app answered the call."""
        self.ended: list[Ended] = []
        """The posts to the action of `<Connect>`."""
        self.sockets: list[RelaySocket] = []
        self.alerts: list[int] = []
        """What stands in Twilio's debugger, such as 64102."""
        self.handoffs: list[str] = []
        """The `handoffData` of each `end`."""
        self.is_over = False
        self.transferred_to = ""
        """The number, client or queue that the call went to; empty for none."""
        self.verbs: list[Element] = []
        """What was done of the TwiML."""
        self.problem = ""
        """What the app did wrong that a caller cannot see; acts raise it."""
        self.changed = asyncio.Event()
        self._post = post
        self._tasks: set[asyncio.Task[None]] = set()
        self._started_at = 0.0

    @property
    def socket(self) -> RelaySocket:
        assert self.sockets, "the call was never connected to a relay"
        return self.sockets[-1]

    @property
    def is_connected(self) -> bool:
        return bool(self.sockets) and self.sockets[-1].is_open

    def wake(self) -> None:
        """Let who waits look again."""
        self.changed.set()

    async def rings(self) -> None:
        """Tell the app of the call, and do what its TwiML says."""
        status = self.line.fields.get("CallStatus", "ringing")
        fields = {**self._fields(status), **self.line.fields}
        self.webhook = await self.post(self._public("https://") + self.line.path, fields)
        assert self.webhook.status == 200, f"the call was answered {self.webhook.status}"
        await self._follow(self.webhook)
        if self.twiml.relay is not None:
            await self.connect()

    async def connect(self, twiml: Twiml | None = None) -> RelaySocket:
        """Open the socket of the relay in the TwiML; the first frame is `setup`."""
        used = twiml or self.twiml
        relay = used.relay
        assert relay is not None, f"no relay in {used.text!r}"
        url = relay.get("url")
        public = self._public("wss://")
        assert url.startswith(f"{public}/"), f"{url!r} is not the app's"
        socket = RelaySocket(url, self._on_frame, self._on_end)
        signature = self.line.signature
        if signature is None:
            signature = sign(self.line.signer.auth_token, url)
        headers = {SIGNATURE: signature} if signature else {}
        self._started_at = self.hearing.now
        local = self.line.app_url.rstrip("/") + url.removeprefix(public)
        status = await socket.open(local, {**headers, **self.line.headers}, self.line.host)
        is_second = any(one.status == SWITCHING for one in self.sockets)
        self.sockets.append(socket)
        if status != SWITCHING:
            self.alerts.append(CONNECT_FAILED)
            return socket
        if self.line.sends_setup:
            await socket.send(self._setup(socket, used.parameters, is_second))
            self.hearing.begins(relay)
        self.wake()
        return socket

    async def post(self, url: str, fields: Mapping[str, str]) -> Delivery:
        """Post a signed form to the app, at an address of its TwiML."""
        public = urljoin(self._public("https://") + self.line.path, url)
        assert public.startswith(self._public("https://") + "/"), f"{url!r} is not the app's"
        return await self._post(public, fields)

    async def tell_end(self, status: str, **more: str) -> None:
        """Post how the relay ended, and do what the answer says."""
        call_status = "completed" if status == "completed" else "in-progress"
        seconds = int(max(0.0, self.hearing.now - self._started_at))
        fields = {
            **self._fields(call_status),
            "SessionId": self.socket.session,
            "SessionStatus": status,
            "SessionDuration": str(seconds),
            **more,
        }
        answer = await self.post(self.twiml.action, fields)
        self.ended.append(Ended(fields, answer.status, answer.body))
        if status != "completed" and answer.is_ok:
            await self._follow(answer)
        elif not answer.is_ok:
            self.alerts.append(11200)
            self.is_over = True
        self.wake()

    async def ends(self, status: str, closes_first: bool) -> None:
        """Close the socket and tell the action; a call without a socket is only over."""
        self.is_over = True
        if not self.is_connected:
            return
        self.socket.closed_by_us = True
        if closes_first:
            await self.socket.close()
        await self.tell_end(status)
        await self.socket.close()

    async def over(self) -> None:
        """End everything that is still going on."""
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for socket in self.sockets:
            if socket.is_open:
                socket.closed_by_us = True
                await socket.close()
        self.is_over = True

    def spawn(self, send: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Let something go on behind the caller's acts."""
        task = asyncio.get_running_loop().create_task(send())
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: "asyncio.Task[None]") -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            self.problem = str(task.exception())
            self.wake()

    def _public(self, scheme: str) -> str:
        host = self.line.signer.public_url.partition("://")[2].rstrip("/")
        return f"{scheme}{host}"

    def _fields(self, status: str) -> dict[str, str]:
        return {
            "CallSid": self.sid,
            "AccountSid": self.line.signer.account,
            "From": self.line.sender,
            "To": self.line.to,
            "CallStatus": status,
            "ApiVersion": "2010-04-01",
            "Direction": "inbound",
            "ForwardedFrom": "",
            "CallerName": "",
        }

    def _setup(
        self, socket: RelaySocket, parameters: Mapping[str, str], is_second: bool
    ) -> dict[str, Any]:
        return {
            "type": "setup",
            "sessionId": socket.session,
            "accountSid": self.line.signer.account,
            "parentCallSid": "",
            "callSid": self.sid,
            "from": self.line.sender,
            "to": self.line.to,
            "forwardedFrom": "",
            "callType": "PSTN",
            "callerName": "",
            "direction": "inbound",
            "callStatus": "IN_PROGRESS" if is_second else "RINGING",
            "customParameters": dict(parameters),
        }

    async def _follow(self, answer: Delivery) -> None:
        """Do what TwiML says, up to the relay, which is connected by who calls this."""
        kind = answer.content_type.partition(";")[0].strip()
        if kind not in XML_TYPES:
            raise TwimlError(f"TwiML came as {kind!r}")
        await self._obey(answer.body)

    async def _obey(self, text: str) -> None:
        self.twiml = read_twiml(text)
        self.answers.append(self.twiml)
        for verb in self.twiml.verbs:
            self.verbs.append(verb)
            self._do(verb)
            if verb.name == "Redirect":
                assert len(self.answers) < MOST_ANSWERS, "TwiML that goes round in circles"
                await self._follow(await self.post(verb.words, self._fields("in-progress")))
            if verb.name in ENDING:
                return
        # A call whose TwiML is at its end is hung up.
        self.is_over = True

    def _do(self, verb: Element) -> None:
        match verb.name:
            case "Say":
                self.hearing.says(verb.words)
            case "Hangup" | "Reject":
                self.is_over = True
            case "Dial" | "Enqueue":
                nouns = [one.words for one in verb.inside if one.name != "Task"]
                workflow = verb.get("workflowSid")
                self.transferred_to = next(iter(nouns), verb.words) or workflow
            case _:
                pass

    def changed_by_rest(self, params: Mapping[str, str]) -> None:
        """Do what the app has asked for by `POST Calls/{sid}.json`."""
        self.spawn(partial(self._change, params))

    async def _change(self, params: Mapping[str, str]) -> None:
        if params.get("Status") in ("completed", "canceled"):
            await self.ends("completed", closes_first=True)
            return
        if self.is_connected:
            self.socket.closed_by_us = True
            await self.socket.close()
        if "Twiml" in params:
            await self._obey(params["Twiml"])
        elif "Url" in params:
            await self._follow(await self.post(params["Url"], self._fields("in-progress")))
        self.wake()

    def _on_frame(self, raw: str | bytes, read: Read) -> None:
        self.hearing.takes(raw, read, self.socket.session)
        if read.type == "end" and not read.fault:
            self.handoffs.append(read.fields.get("handoffData", ""))
        self.wake()

    def _on_end(self, socket: RelaySocket) -> None:
        """Tell the app how its socket ended, unless somebody else does."""
        self.hearing.ends_cycle()
        ends = [frame for frame in self.hearing.frames if frame.session == socket.session]
        has_ended = any(frame.type == "end" and not frame.fault for frame in ends)
        if has_ended:
            data = {"HandoffData": self.handoffs[-1]} if self.handoffs[-1] else {}
            self.spawn(lambda: self.tell_end("ended", **data))
        elif not socket.closed_by_us or socket.close_code == CLOSE_OF_FAULTS:
            self.spawn(self.lost)
        self.wake()

    async def lost(self) -> None:
        """Tell the app that its socket is gone."""
        self.alerts.append(SOCKET_ENDED)
        words = "Websocket ended unexpectedly"
        await self.tell_end("failed", ErrorCode=str(SOCKET_ENDED), ErrorMessage=words)

    def transcriptions(self) -> Sequence[Element]:
        """Return the `<Transcription>`s that were started, in order."""
        return [one for twiml in self.answers for one in twiml.transcriptions]

    def describe(self) -> str:
        """Return where the call stands, for a test that has failed."""
        spoken = json.dumps(self.hearing.spoken[-300:], ensure_ascii=False)
        queued = json.dumps(self.hearing.playback.queued(self.hearing.now)[:300])
        where = f"code {self.socket.close_code}" if self.sockets else "no socket"
        return f"spoken: {spoken}, queued: {queued}, {where}, {self.problem or 'no problem'}"
