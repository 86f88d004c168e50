"""Slack's Web API through its SDK, paced, with errors of ours."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

import aiohttp

from channels.slack.answers import (
    EXPIRED,
    REVOKED,
    Answer,
    failure_of,
    form_of,
    is_slacks,
    takes_json,
)
from channels.slack.base import Json, TeamId, Upload
from channels.slack.clock import SlackClock
from channels.slack.errors import (
    SlackBusy,
    SlackFailed,
    SlackRefused,
    SlackRevoked,
    SlackUnreachable,
)
from channels.slack.pace import Booking, bookings
from channels.slack.single_call import BASE_URL, quiet
from channels.slack.tokens import Tokens
from channels.slots import Slots, Turns

if TYPE_CHECKING:
    from slack_sdk.web.async_client import AsyncWebClient
    from slack_sdk.web.async_slack_response import AsyncSlackResponse

GET_UPLOAD_URL = "files.getUploadURLExternal"
COMPLETE_UPLOAD = "files.completeUploadExternal"
DOWNLOAD = "files.download"
"""No method of Slack's; what we call it in errors, turns and figures."""
DRESS = frozenset({"username", "icon_emoji", "icon_url"})
NOT_DRESSED = frozenset({"missing_scope", "not_allowed"})
HELD = Turns(every_s=0.0, most_wait_s=0.0)
"""Asks how long a key is held, and takes nothing."""
PIECE_BYTES = 65_536
MOST_AT_ONCE = 800
"""Connections: more than are called at once by the queue, the couriers and the desk together. Who
waits for one may be given up within `connect_s`, as if Slack were down."""
BROKEN_OFF = "broken_off"
"""Our own side has ended it: it was cancelled, or the disk failed."""
Counted = Callable[[str, str, float], None]
"""Told of each call: its method, how it ended (a word), and how many seconds it took."""


@dataclass(frozen=True, slots=True)
class ApiTerms:
    """How Slack is called."""

    base_url: str = BASE_URL
    most_wait_s: float = 5.0
    """For a turn; one further away is refused with SlackBusy."""
    connect_s: float = 5.0
    answer_s: float = 15.0
    file_s: float = 60.0
    """For the bytes of a file, either way."""


class SlackApi:
    """Implements `channels.slack.base.Slack`.

    Turns are taken from `slots`, so that all processes together keep to Slack's limits; a 429
    holds back its method only, and where Slack counts by channel, that channel only. What `slots`
    and the store of the installations raise passes through.
    """

    def __init__(
        self,
        tokens: Tokens,
        slots: Slots,
        terms: ApiTerms | None = None,
        clock: SlackClock | None = None,
        counted: Counted | None = None,
    ) -> None:
        self._tokens = tokens
        self._slots = slots
        self._terms = terms or ApiTerms()
        self._clock = clock or SlackClock()
        self._counted = counted
        self._undressed: set[TeamId] = set()
        self._clients: dict[TeamId, AsyncWebClient] = {}
        self._session: aiohttp.ClientSession | None = None
        self._is_closed = False

    async def call(self, team: TeamId, method: str, arguments: Json) -> Json:
        """Call a method; see `Slack.call`.

        Where our bot may not write under another name it writes under its own.
        """
        plain = {name: value for name, value in arguments.items() if name not in DRESS}
        if team in self._undressed:
            return await self._paced(team, method, plain)
        try:
            return await self._paced(team, method, arguments)
        except SlackRefused as refused:
            if refused.error not in NOT_DRESSED or len(plain) == len(arguments):
                raise
        self._undressed.add(team)
        try:
            return await self._paced(team, method, plain)
        except SlackRefused as refused:
            if refused.error in NOT_DRESSED:
                self._undressed.discard(team)  # it was not the name
            raise

    async def upload(self, team: TeamId, channel: str, thread: str, file: Upload) -> None:
        """Share a file in a thread; see `Slack.upload`. Until the last step nobody sees it."""
        asked = {"filename": file.name, "length": len(file.content)}
        try:
            place = await self.call(team, GET_UPLOAD_URL, asked)
        except SlackUnreachable:
            raise SlackUnreachable(GET_UPLOAD_URL, is_unknown=False) from None
        match place:
            case {"upload_url": str() as url, "file_id": str() as file_id}:
                await self._send(url, file.content)
            case _:
                raise SlackUnreachable(GET_UPLOAD_URL, is_unknown=False)
        shared = {"files": [{"id": file_id, "title": file.title}], "channel_id": channel}
        await self.call(team, COMPLETE_UPLOAD, shared | ({"thread_ts": thread} if thread else {}))

    async def download(self, team: TeamId, url: str, most_bytes: int) -> bytes:
        """Return the content of a file; see `Slack.download`.

        Raises:
            SlackRefused: also `foreign_url`, `file_too_large`, and `no_access` when Slack shows
                the page to sign in.
        """
        if not is_slacks(url, self._terms.base_url):
            raise SlackRefused(DOWNLOAD, "foreign_url")
        taken = await self._turn(team, DOWNLOAD, "")
        token = await self._tokens.of(team)
        started = self._clock.monotonic()
        outcome = BROKEN_OFF
        try:
            content = await self._fetch(url, token, most_bytes)
            outcome = "ok"
        except SlackFailed as failed:
            outcome = outcome_of(failed)
            await self._held_back(taken, failed)
            raise
        except (aiohttp.ClientError, OSError):
            outcome = "unreachable"
            raise SlackUnreachable(DOWNLOAD, is_unknown=False) from None
        finally:
            self._count(DOWNLOAD, outcome, started)
        return content

    def forget(self, team: TeamId) -> None:
        """Find out anew who we are there and what we may: it was installed, or uninstalled."""
        self._tokens.forget(team)
        self._clients.pop(team, None)
        self._undressed.discard(team)

    async def close(self) -> None:
        """Let go of the connections; every call fails from now on. Idempotent."""
        self._is_closed = True
        if self._session is not None:
            await self._session.close()

    async def _paced(self, team: TeamId, method: str, arguments: Json) -> Json:
        """Call once, when it is our turn."""
        taken = await self._turn(team, method, str(arguments.get("channel", "")))
        started = self._clock.monotonic()
        outcome = BROKEN_OFF
        try:
            answer = await self._answered(team, method, arguments)
            failure = failure_of(method, answer)
            if failure is not None:
                await self._held_back(taken, failure)
                raise failure
            outcome = "ok"
        except SlackFailed as failed:
            outcome = outcome_of(failed)
            raise
        finally:
            self._count(method, outcome, started)
        return answer.body

    async def _turn(self, team: TeamId, method: str, channel: str) -> Booking:
        """Wait for the turns that this takes; returns what a 429 holds back."""
        if self._is_closed:
            raise SlackUnreachable(method, is_unknown=False)
        most_wait_s = self._terms.most_wait_s
        wanted = bookings(team, method, channel, most_wait_s)
        wait_s = 0.0
        for booking in wanted:
            away_s = await self._slots.book(booking.key, booking.rate)
            if away_s > most_wait_s:
                self._refused_turn(method, away_s)
            wait_s = max(wait_s, away_s)
        if wait_s > 0:
            await self._clock.sleep(wait_s)
            # Somebody may have been told to wait meanwhile.
            held_s = await self._slots.book(wanted[0].held_key, HELD)
            if held_s > 0:
                self._refused_turn(method, held_s)
        return wanted[0]

    def _refused_turn(self, method: str, wait_s: float) -> NoReturn:
        self._count(method, "no_turn", self._clock.monotonic())
        raise SlackBusy(method, wait_s)

    async def _held_back(self, booking: Booking, failed: SlackFailed) -> None:
        if isinstance(failed, SlackBusy):
            await asyncio.gather(
                self._slots.block(booking.key, failed.retry_after_s),
                self._slots.block(booking.held_key, failed.retry_after_s),
            )

    async def _answered(self, team: TeamId, method: str, arguments: Json) -> Answer:
        token = await self._tokens.of(team)
        answer = await self._ask(team, token, method, arguments)
        if answer.error not in REVOKED:
            return answer
        other = await self._tokens.after_refusal(team, token, answer.error == EXPIRED)
        # Nothing was done under the old one.
        return await self._ask(team, other, method, arguments)

    async def _ask(self, team: TeamId, token: str, method: str, arguments: Json) -> Answer:
        from slack_sdk.errors import SlackApiError

        client = self._client(team, token)
        given = {name: value for name, value in arguments.items() if value is not None}
        try:
            if takes_json(method):
                response = await client.api_call(method, json=given)
            else:
                response = await client.api_call(method, data=dict(form_of(given)))
        except SlackApiError as error:
            return _answer(error.response)
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError):
            raise SlackUnreachable(method, is_unknown=False) from None
        # The SDK looks for fields in plain text, and for text in anything.
        except (aiohttp.ClientError, OSError, AttributeError, ValueError):
            raise SlackUnreachable(method, is_unknown=True) from None
        return _answer(response)

    def _client(self, team: TeamId, token: str) -> "AsyncWebClient":
        from slack_sdk.web.async_client import AsyncWebClient

        client = self._clients.get(team)
        if client is None or client.token != token:
            client = AsyncWebClient(
                token=token,
                base_url=self._terms.base_url,
                session=self._connected(),
                logger=quiet(),
                retry_handlers=[],
            )
            client.proxy = None  # it has taken one from the environment
            self._clients[team] = client
        return client

    def _connected(self) -> aiohttp.ClientSession:
        if self._session is None:
            limit = aiohttp.ClientTimeout(total=self._terms.answer_s, connect=self._terms.connect_s)
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=MOST_AT_ONCE),
                timeout=limit,
                cookie_jar=aiohttp.DummyCookieJar(),
            )
        return self._session

    async def _send(self, url: str, content: bytes) -> None:
        """Bring a file's bytes to where Slack wants them; no token goes with them."""
        if not is_slacks(url, self._terms.base_url):
            raise SlackRefused(GET_UPLOAD_URL, "foreign_url")
        limit = aiohttp.ClientTimeout(total=self._terms.file_s, connect=self._terms.connect_s)
        status = 0
        with suppress(aiohttp.ClientError, OSError):
            async with self._connected().post(
                url, data=content, timeout=limit, allow_redirects=False
            ) as response:
                status = response.status
        if status != 200:
            raise SlackUnreachable("files.upload", is_unknown=False)

    async def _fetch(self, url: str, token: str, most_bytes: int) -> bytes:
        limit = aiohttp.ClientTimeout(total=self._terms.file_s, connect=self._terms.connect_s)
        headers = {"Authorization": f"Bearer {token}"}
        async with self._connected().get(
            url, headers=headers, timeout=limit, allow_redirects=False
        ) as response:
            _check_download(response, most_bytes)
            content = bytearray()
            async for piece in response.content.iter_chunked(PIECE_BYTES):
                content += piece
                if len(content) > most_bytes:
                    raise SlackRefused(DOWNLOAD, "file_too_large")
        return bytes(content)

    def _count(self, method: str, outcome: str, started: float) -> None:
        if self._counted is not None:
            self._counted(method, outcome, self._clock.monotonic() - started)


def outcome_of(failed: SlackFailed) -> str:
    """Return the word for how a call ended."""
    match failed:
        case SlackBusy():
            return "busy"
        case SlackUnreachable():
            return "unreachable"
        case SlackRevoked():
            return "revoked"
        case _:
            return "refused"


def _answer(response: "AsyncSlackResponse | aiohttp.ClientResponse") -> Answer:
    """Return what the SDK has as ours; of a body that is no JSON it has aiohttp's response."""
    if isinstance(response, aiohttp.ClientResponse):
        return Answer(response.status, {}, response.headers.get("Retry-After", ""))
    body = response.data if isinstance(response.data, dict) else {}
    return Answer(response.status_code, body, str(response.headers.get("Retry-After", "")))


def _check_download(response: aiohttp.ClientResponse, most_bytes: int) -> None:
    """Raise unless this is the file."""
    if response.status == 429 or response.status >= 500:
        answer = Answer(response.status, {}, response.headers.get("Retry-After", ""))
        failure = failure_of(DOWNLOAD, answer)
        if isinstance(failure, SlackBusy):
            raise failure
        raise SlackUnreachable(DOWNLOAD, is_unknown=False)
    if response.status == 404:
        raise SlackRefused(DOWNLOAD, "file_not_found")
    # To whom it does not know, Slack shows a page, also with a 200.
    if response.status != 200 or response.content_type == "text/html":
        raise SlackRefused(DOWNLOAD, "no_access")
    if (response.content_length or 0) > most_bytes:
        raise SlackRefused(DOWNLOAD, "file_too_large")
