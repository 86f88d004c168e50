"""The one way out: every webhook that Twilio sends, and waiting for what comes of it."""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

from tests.emulators.twilio.driver import Delivery, Driver, Fields, Webhook, pairs_of, sign
from tests.emulators.twilio.state import Number, Phone, Problem, Service, State, VoiceCall

UNTIL_S = 5.0
LOOK_EVERY_S = 0.05
SMS_PATH = "/channels/sms"


class Sender:
    """See the package's docstring."""

    def __init__(self) -> None:
        self.state = State()
        self.driver = Driver()
        self.target = ""
        """Where the app is, on the loopback: scheme, host and port."""
        self.public_url = "https://bank.example"
        self.sms_path = SMS_PATH
        """What is configured for inbound messages: path, query and fragment."""
        self.fallback_path = ""
        self.shared_key = ""
        self.shared_secret = ""
        """When set, every webhook is signed with them, by HMAC_SHA256."""
        self.deliveries: list[Delivery] = []
        """Every webhook that was sent, in the order in which it was answered."""
        self.debugger: list[Problem] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._broken: list[BaseException] = []
        self._happened = asyncio.Event()

    def deliver_to(
        self,
        url: str,
        public_url: str = "https://bank.example",
        path: str = SMS_PATH,
        fallback: str = "",
    ) -> None:
        """Send what happens there from now on, signed for the public URL.

        A path in `url`, if there is one, is that of inbound messages; `path` may hold a query and
        a fragment (`/channels/sms?a=b#rc=2&rp=ct,5xx`), and so may the end of `public_url`.
        """
        parts = urlsplit(url)
        self.target = f"{parts.scheme}://{parts.netloc}"
        given = parts._replace(scheme="", netloc="").geturl()
        base, _, fragment = public_url.partition("#")
        self.public_url = base.rstrip("/")
        self.sms_path = given if parts.path not in ("", "/") else path
        if fragment and "#" not in self.sms_path:
            self.sms_path += f"#{fragment}"
        self.fallback_path = fallback

    # What there is

    def number(self, address: str, kind: str = "") -> Number:
        return self.state.number(address, kind)

    def phone(self, address: str) -> Phone:
        return self.state.phone(address)

    def service(self, sid: str, *numbers: str, is_advanced: bool = False) -> Service:
        """Return a Messaging Service, with these numbers in it as well."""
        service = self.state.services.setdefault(sid, Service(sid))
        service.is_advanced = is_advanced or service.is_advanced
        for address in numbers:
            self.state.number(address).service = sid
            if address not in service.numbers:
                service.numbers.append(address)
        return service

    def template(self, sid: str, text: str) -> None:
        """Have a template, with slots such as `{{1}}`; from then on others are unknown."""
        self.state.templates[sid] = text

    # What Twilio sends

    def webhook(
        self,
        path: str,
        fields: Fields = (),
        *,
        target: str = "",
        token: str = "",
        shared_key: str | None = None,
        **knobs: Any,  # noqa: ANN401 - the fields of `Webhook`, which checks them
    ) -> Webhook:
        """Return what `posts` sends: for a path of the app, or for one of its public URLs."""
        public = f"{self.public_url}{path}" if path.startswith("/") else path
        assert self.is_of_app(public), f"{path!r} does not lead to the app"
        local = public.removeprefix(self.public_url)
        local = local.removeprefix(self.target)
        key = self.shared_key if shared_key is None else shared_key
        usual = self.shared_secret if key else self.state.auth_token
        base = target or self.target
        given = {"secret": usual, "shared_key": key, **knobs}
        return Webhook(
            f"{base}{local}",
            public,
            pairs_of(fields),
            token=token or self.state.new_id(""),
            **given,
        )

    def signature(self, url: str, fields: Fields = ()) -> str:
        """Return what X-Twilio-Signature is for a URL, such as the `wss://` one of a relay."""
        return sign(self.state.auth_token, url, fields)

    def is_of_app(self, url: str) -> bool:
        """Return whether a URL leads to the app: a public one, or one on the loopback."""
        roots = [root for root in (self.public_url, self.target) if root]
        return any(url == root or url.startswith((f"{root}/", f"{root}?")) for root in roots)

    async def posts(self, path: str, fields: Fields = (), **knobs: Any) -> Delivery:  # noqa: ANN401
        """Send any webhook to any path, signed; see `Webhook` for the knobs."""
        said = dict(pairs_of(fields))
        sid = said.get("MessageSid", "") or said.get("CallSid", "")
        if "CallSid" in said and "CallStatus" in said:
            self._see_call(said)
        return await self.send(self.webhook(path, fields, **knobs), sid)

    async def send(self, webhook: Webhook, sid: str = "") -> Delivery:
        """Send a webhook as it is; to nowhere but the loopback, and to nobody without an app."""
        if webhook.url.startswith("/"):
            return Delivery(0, "", "", 0, (), webhook, sid)
        host = urlsplit(webhook.url).hostname
        assert host in ("127.0.0.1", "localhost"), f"{host!r} is not where the app is"
        delivery = await self.driver.deliver(webhook, sid)
        self.deliveries.append(delivery)
        if not delivery.is_ok:
            self.debugger.append(Problem(11200, urlsplit(webhook.url).path))
        self.wake()
        return delivery

    def _see_call(self, said: dict[str, str]) -> None:
        status = said["CallStatus"]
        call = VoiceCall(said["CallSid"], said.get("From", ""), said.get("To", ""), status)
        call.direction = said.get("Direction", "inbound")
        self.state.voice_calls.setdefault(call.sid, call).status = status

    # Waiting

    async def settled(self) -> None:
        """Wait until nothing is on its way any more: no report, no retry."""
        while self._tasks:
            await asyncio.wait(set(self._tasks))

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Let something run until the server is closed."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if error is not None:
            self._broken.append(error)

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
                raise AssertionError(f"not in {UNTIL_S:g} s; sent: {self.state.messages[-5:]}")
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_EVERY_S):
                    await self._happened.wait()

    async def stop_sending(self) -> None:
        """End what is on its way, and let go of the connections.

        Raises:
            Exception: what something that ran behind has ended with.
        """
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.driver.close()
        if self._broken:
            raise self._broken[0]
