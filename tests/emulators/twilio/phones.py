"""People and their phones: what they write, what Twilio makes of it, and what the app answers."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from urllib.parse import urlsplit
from xml.etree import ElementTree

from tests.emulators.twilio import media as files
from tests.emulators.twilio.driver import Delivery
from tests.emulators.twilio.reports import Reports
from tests.emulators.twilio.segments import count
from tests.emulators.twilio.state import VERSION, Problem, StoredMessage

STOP = frozenset({"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "OPTOUT", "REVOKE"})
START = frozenset({"START", "YES", "UNSTOP"})
HELP = frozenset({"HELP", "INFO"})
"""Source: reference/channels.md 1.5."""
NOTICES = {
    "STOP": "You have successfully been unsubscribed. You will not receive any more messages.",
    "START": "You have successfully been re-subscribed to messages from this number.",
    "HELP": "Reply STOP to unsubscribe. Msg&Data Rates May Apply.",
}
GEO = ("FromCity", "FromState", "FromZip", "FromCountry", "ToCity", "ToState", "ToZip", "ToCountry")
"""Where a number is registered; of people on the telephone network only."""
Picture = str | tuple[bytes, str]
"""A MediaUrl, or content and media type."""


class Phones(Reports):
    """See the package's docstring."""

    def media_of(
        self, content: bytes, media_type: str, said_type: str = "", is_chunked: bool = False
    ) -> str:
        """Keep a file, and return a MediaUrl for it; the webhook may say another type."""
        return files.add(self.state, content, media_type, said_type, is_chunked)

    async def texts(
        self,
        sender: str,
        to: str,
        body: str,
        media: Sequence[Picture] = (),
        *,
        copies: int = 1,
        has_new_tokens: bool = False,
        targets: Sequence[str] = (),
        **fields: str,
    ) -> Delivery:
        """Send an inbound message to the app: a signed webhook, and what Twilio does besides.

        `copies` are sent at the same time; with `targets` each goes to another address in turn.
        Everything else is a field of the form, in addition or instead.
        """
        form = self._inbound_form(sender, to, body, media) | fields
        self._hear(form)
        token = self.state.new_id("")
        hooks = [
            self.webhook(
                self.sms_path,
                form,
                token=self.state.new_id("") if n and has_new_tokens else token,
                target=targets[n % len(targets)] if targets else "",
            )
            for n in range(max(copies, len(targets)))
        ]
        sid = form["MessageSid"]
        done = await asyncio.gather(*(self.send(hook, sid) for hook in hooks))
        first = await self._fall_back(done[0], form) if not done[0].is_ok else done[0]
        self._read_answer(first, form)
        return replace(first, others=tuple(done[1:]))

    async def redelivers(
        self, delivery: Delivery, *, token: str = "", target: str = ""
    ) -> Delivery:
        """Send a webhook once more: the same form, by default with the same token."""
        parts = urlsplit(delivery.webhook.public_url)
        path = parts.geturl().removeprefix(self.public_url)
        again = self.webhook(
            path, delivery.webhook.fields, token=token or delivery.token, target=target
        )
        return await self.send(again, delivery.sid)

    def _inbound_form(
        self, sender: str, to: str, body: str, media: Sequence[Picture]
    ) -> dict[str, str]:
        number = self.state.number(to)
        sid = self.state.new_id("MM" if media else "SM")
        form = {
            "ToCountry": "US",
            "ToState": "CA",
            "SmsMessageSid": sid,
            "NumMedia": str(len(media)),
            "ToCity": "",
            "FromZip": "00000",
            "SmsSid": sid,
            "FromState": "CA",
            "SmsStatus": "received",
            "FromCity": "SPRINGFIELD",
            "Body": body,
            "FromCountry": "US",
            "To": to,
            "ToZip": "",
            "NumSegments": str(max(1, count(body))),
            "MessageSid": sid,
            "AccountSid": self.state.account,
            "From": sender,
            "ApiVersion": VERSION,
        }
        if ":" in sender:
            form = {name: form[name] for name in form if not name.startswith(GEO)}
            form |= {"ProfileName": "Sam Sample", "WaId": sender.rpartition("+")[2]}
            form |= {"ChannelMetadata": "{}", "MessageType": "image" if media else "text"}
        if number.service:
            form["MessagingServiceSid"] = number.service
        for n, picture in enumerate(media):
            url = picture if isinstance(picture, str) else self.media_of(*picture)
            form[f"MediaUrl{n}"] = url
            form[f"MediaContentType{n}"] = files.said_type_of(self.state, url)
        service = self.state.services.get(number.service)
        wish = wish_of(body, number.kind)
        return form | ({"OptOutType": wish} if wish and service and service.is_advanced else {})

    def _hear(self, form: dict[str, str]) -> None:
        """Remember what came, and let STOP and START count, as Twilio does by itself."""
        sender, to, body = form["From"], form["To"], form["Body"]
        state = self.state
        state.heard_at[to, sender] = state.clock()
        now = state.now()
        message = StoredMessage(
            form["MessageSid"], to, sender, body, "received", now, state.clock(), "inbound"
        )
        message.service, message.sent_at = form.get("MessagingServiceSid", ""), now
        message.media = tuple(form[name] for name in form if name.startswith("MediaUrl"))
        state.inbound.append(message)
        number = state.number(to)
        wish = form.get("OptOutType", "") or wish_of(body, number.kind)
        if not wish or ":" in sender:
            return
        key = (number.service or to, sender)
        if wish == "STOP":
            state.opted_out.add(key)
        elif wish == "START":
            state.opted_out.discard(key)
        state.phone(sender).notices.append(NOTICES[wish])

    async def _fall_back(self, failed: Delivery, form: dict[str, str]) -> Delivery:
        """Ask the fallback URL, where there is one."""
        if not self.fallback_path:
            return failed
        more = {"ErrorCode": "11200", "ErrorUrl": failed.webhook.public_url.partition("#")[0]}
        return await self.posts(self.fallback_path, form | more)

    def _read_answer(self, delivery: Delivery, form: dict[str, str]) -> None:
        """Do what the answer to an inbound message says: what it holds goes to the customer."""
        body = delivery.body.strip()
        if not delivery.is_ok or not body:
            return
        kind = delivery.content_type.partition(";")[0].strip()
        if kind == "text/plain":
            self._reply(body, form)
        elif kind in ("text/xml", "application/xml", "text/html"):
            self._read_twiml(body, form)
        else:
            self.debugger.append(Problem(12300, self.sms_path))

    def _read_twiml(self, body: str, form: dict[str, str]) -> None:
        try:
            root = ElementTree.fromstring(body)
        except ElementTree.ParseError:
            self.debugger.append(Problem(12100, self.sms_path))
            return
        if root.tag != "Response":
            self.debugger.append(Problem(12100, self.sms_path))
            return
        for verb in root.iter("Message"):
            inner = verb.find("Body")
            said = verb.text if inner is None else inner.text
            self._reply((said or "").strip(), form)

    def _reply(self, body: str, form: dict[str, str]) -> None:
        """Let a reply by TwiML reach the phone."""
        state, sender, to = self.state, form["To"], form["From"]
        if state.is_opted_out(sender, "", to):
            self.debugger.append(Problem(21610, self.sms_path))
            return
        message = StoredMessage(
            state.new_id("SM"), to, sender, body, "queued", state.now(), state.clock()
        )
        message.direction, message.segments = "outbound-reply", max(1, count(body))
        state.messages.append(message)
        self.arrive(message)


def wish_of(body: str, kind: str = "long") -> str:
    """Return what Twilio takes a message for: STOP, START, HELP or nothing."""
    word = body.strip().upper()
    if kind == "toll_free":
        return {"STOP": "STOP", "UNSTOP": "START"}.get(word, "")
    if word in STOP:
        return "STOP"
    if word in START:
        return "START"
    return "HELP" if word in HELP else ""
