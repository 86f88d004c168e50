"""The one way out: everything that Slack sends to the app, with its retries."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextlib import suppress
from typing import Any

from tests.emulators.slack import events
from tests.emulators.slack.calls import Call
from tests.emulators.slack.clicks import Clicks
from tests.emulators.slack.delivery import (
    RETRIES,
    Answer,
    Deliver,
    Emission,
    HttpDelivery,
    signed,
)
from tests.emulators.slack.state import Dict, State, Team

UNTIL_S = 5.0
LOOK_EVERY_S = 0.05


class Sender(Clicks):
    """What is sent, how, and waiting for what comes of it."""

    def __init__(self) -> None:
        self.state = State()
        self.state.announce = self._announce
        self.calls: list[Call] = []
        self.echoes = True
        """Whether the app hears of what it does itself, as at the real Slack."""
        self.emitted: list[Emission] = []
        self.deliver: Deliver | None = None
        self.signing_secret = "an-emulated-signing-secret"
        self.retry_pauses_s: Sequence[float] = (0.0, 0.02, 0.05)
        """Before each retry; at the real Slack at once, a minute, five minutes."""
        self._tasks: set[asyncio.Task[None]] = set()
        self._https: list[HttpDelivery] = []
        self._happened = asyncio.Event()

    def deliver_to(self, url: str, signing_secret: str = "", ack_within_s: float = 3.0) -> None:
        """Send by HTTP from now on."""
        self.signing_secret = signing_secret or self.signing_secret
        self._https.append(HttpDelivery(url, ack_within_s))
        self.deliver = self._https[-1]

    async def emit(self, kind: str, payload: Dict, team: str = "") -> Answer:
        """Send one thing; returns the answer to the first try, retries go on behind."""
        emission = Emission(kind, payload, team or payload.get("team_id", ""))
        self.emitted.append(emission)
        answer = await self._send(emission, {})
        if kind == events.EVENTS and not answer.is_ok and self.deliver is not None:
            self.spawn(self._retry(emission, answer))
        return answer

    async def redeliver(self, emission: Emission | None = None, retry: int = 1) -> Answer:
        """Send something once more, by default the last event, as if no answer had come.

        The same `event_id` with X-Slack-Retry-Num; with `retry=0` as if for the first time.
        """
        last = [one for one in self.emitted if one.kind == events.EVENTS][-1:]
        again = emission or last[0]
        headers = {"X-Slack-Retry-Num": str(retry), "X-Slack-Retry-Reason": "http_timeout"}
        return await self._send(again, headers if retry else {})

    async def verifies_url(self) -> bool:
        """Send `url_verification`; returns whether the challenge came back."""
        challenge = self.state.new_id("challenge-")
        payload = {"token": events.VERIFICATION_TOKEN, "challenge": challenge}
        body = {**payload, "type": "url_verification"}
        answer = await self._send(Emission(events.EVENTS, body, ""), {})
        return answer.is_ok and challenge in answer.body.decode()

    async def settled(self) -> None:
        """Wait until nothing is on its way any more, retries included."""
        while self._tasks:
            await asyncio.wait(set(self._tasks))

    async def _send(self, emission: Emission, headers: Mapping[str, str]) -> Answer:
        body, content_type = events.encoded(emission.kind, emission.payload)
        answer: int | Answer = 0
        if self.deliver is not None:
            whole = {**signed(self.signing_secret, body, self.state.unix()), **headers}
            answer = await self.deliver(body, whole, content_type)
        if not isinstance(answer, Answer):
            answer = Answer(answer)
        emission.answers.append(answer)
        self.wake()
        return answer

    async def _retry(self, emission: Emission, answer: Answer) -> None:
        for n in range(RETRIES):
            told = {name.lower(): value for name, value in answer.headers.items()}
            if told.get("x-slack-no-retry") == "1":
                return
            await asyncio.sleep(self.retry_pauses_s[min(n, len(self.retry_pauses_s) - 1)])
            headers = {"X-Slack-Retry-Num": str(n + 1), "X-Slack-Retry-Reason": answer.reason}
            answer = await self._send(emission, headers)
            if answer.is_ok:
                return

    def _announce(self, team: Team, event: Dict) -> None:
        if self.echoes:
            payload = events.callback(self.state, team, event)
            self.spawn(self._emit_alone(payload, team.id))

    async def _emit_alone(self, payload: Dict, team: str) -> None:
        await self.emit(events.EVENTS, payload, team)

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Let something run until the server is closed."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def wake(self) -> None:
        """Let `until` look again."""
        self._happened.set()

    async def until(self, condition: Callable[[], object]) -> None:
        """Wait until this is true.

        Raises:
            AssertionError: it was not in five seconds.
        """
        deadline = asyncio.get_running_loop().time() + UNTIL_S
        while not condition():
            self._happened.clear()
            if asyncio.get_running_loop().time() > deadline:
                raise AssertionError(f"not in {UNTIL_S:g} s; calls: {self.calls[-5:]}")
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_EVERY_S):
                    await self._happened.wait()

    async def stop_sending(self) -> None:
        """End what is on its way, and let go of the connections."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for http in self._https:
            await http.close()
