"""The REST API: what a call is checked for, and what it does."""

import json
import re
from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, urlencode, urlsplit

from aiohttp import web

from tests.emulators.twilio.segments import count
from tests.emulators.twilio.state import (
    VERSION,
    ApiError,
    Dict,
    Number,
    RestCall,
    State,
    StoredMessage,
    VoiceCall,
    call_json,
    message_json,
)

MOST_BODY = 1600
MOST_MEDIA = 10
VALIDITY_S = range(1, 36001)
ADDRESS = re.compile(r"(?:(?P<channel>whatsapp|rcs|messenger):)?(?P<number>\+[1-9]\d{6,14})")
CONTENT_SID = re.compile(r"HX[0-9a-fA-F]{32}")
SLOT = re.compile(r"\{\{(\w+)\}\}")
FORM = "application/x-www-form-urlencoded"
DEFAULT_PAGE = 50
MOST_PAGE = 1000


async def read_call(request: web.Request, target: str, at: float) -> RestCall:
    """Return a call as it came, with the parameters of query and form."""
    pairs = list(request.query.items())
    if request.method == "POST":
        body = (await request.read()).decode(errors="replace")
        pairs += parse_qsl(body, keep_blank_values=True)
    values: dict[str, tuple[str, ...]] = {}
    for name, value in pairs:
        values[name] = (*values.get(name, ()), value)
    params = {name: found[0] for name, found in values.items()}
    return RestCall(
        request.method, request.path, params, at, values, target, credentials(request)[0]
    )


def credentials(request: web.Request) -> tuple[str, str]:
    """Return user and password of the basic auth, empty when there is none."""
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return "", ""
    try:
        user, _, password = b64decode(secret, validate=True).decode().partition(":")
    except (NotBase64, UnicodeDecodeError):
        return "", ""
    return user, password


def authorise(state: State, request: web.Request) -> None:
    """Let in who knows the token or an API key, and asks for our account.

    Raises:
        ApiError: 20003 (401) or 20404 (404), as at the real one.
    """
    user, password = credentials(request)
    is_known = (user, password) == (state.account, state.auth_token)
    if not is_known and (not user or state.api_keys.get(user) != password):
        raise ApiError(401, 20003, "Authenticate")
    account = request.match_info.get("account", state.account)
    if account != state.account:
        raise ApiError(404, 20404, f"The requested resource {request.path} was not found")
    if request.method == "POST" and request.content_type != FORM:
        raise ApiError(415, 20415, f"Content-Type {request.content_type!r} is not supported")


def create(state: State, call: RestCall) -> StoredMessage:
    """Return a message that is asked for, neither kept nor sent.

    Raises:
        ApiError: with the documented code of what is wrong.
    """
    to, service = call.params.get("To", ""), call.params.get("MessagingServiceSid", "")
    _check_recipient(to)
    sender = _sender(state, call.params.get("From", ""), service, to)
    _check_contents(state, call)
    _check_terms(call)
    if state.is_opted_out(sender.address, service, to):
        raise ApiError(400, 21610, "Attempt to send to unsubscribed recipient")
    body = _text(state, call)
    is_scheduled = call.params.get("ScheduleType") == "fixed"
    status = "scheduled" if is_scheduled else "accepted" if service else "queued"
    found = state.services.get(service)
    message = StoredMessage(
        state.new_id("MM" if call.params.get("MediaUrl") else "SM"),
        to,
        sender.address,
        body,
        status,
        state.now(),
        state.clock(),
        service=service,
        callback=call.params.get("StatusCallback", "") or (found.callback if found else ""),
        segments=max(1, count(body)),
        media=call.values.get("MediaUrl", ()),
        content=call.params.get("ContentSid", ""),
        variables=call.params.get("ContentVariables", ""),
        params=dict(call.params),
    )
    message.validity_s = int(call.params.get("ValidityPeriod", "36000"))
    message.history.append(status)
    return message


def _check_recipient(to: str) -> None:
    if not to:
        raise ApiError(400, 21604, "A 'To' phone number is required.")
    if not ADDRESS.fullmatch(to):
        raise ApiError(400, 21211, "Invalid 'To' Phone Number")


def _channel(address: str) -> str:
    found = ADDRESS.fullmatch(address)
    return (found["channel"] or "") if found else ""


def _sender(state: State, sender: str, service: str, to: str) -> Number:
    """Return from which of our numbers a message goes."""
    if not sender and not service:
        raise ApiError(400, 21603, "A 'From' or 'MessagingServiceSid' parameter is required.")
    if service and service not in state.services:
        raise ApiError(404, 21701, "The Messaging Service does not exist")
    numbers = state.services[service].numbers if service else list(state.numbers)
    if sender:
        if sender not in numbers:
            raise ApiError(400, 21606, "The 'From' phone number is not one of your account's")
        if sender == to:
            raise ApiError(400, 21266, "'To' and 'From' number cannot be the same")
        if _channel(sender) != _channel(to):
            raise ApiError(400, 21910, "'From' and 'To' should be of the same channel")
        return state.numbers[sender]
    fitting = [name for name in numbers if _channel(name) == _channel(to)]
    if not fitting:
        raise ApiError(400, 21703, "The Messaging Service contains no fitting sender")
    return state.numbers[fitting[0]]


def _check_contents(state: State, call: RestCall) -> None:
    body, content = call.params.get("Body", ""), call.params.get("ContentSid", "")
    media = call.values.get("MediaUrl", ())
    if not body and not content and not media:
        raise ApiError(400, 21602, "Message body is required.")
    if len(body) > MOST_BODY:
        raise ApiError(400, 21617, "The concatenated message body exceeds the 1600 character limit")
    if len(media) > MOST_MEDIA:
        raise ApiError(400, 21623, "Number of media files exceeds allowed limit")
    if any(urlsplit(url).scheme not in ("http", "https") for url in media):
        raise ApiError(400, 21620, "Invalid media URL(s)")
    if content and not CONTENT_SID.fullmatch(content):
        raise ApiError(400, 21655, "The ContentSid is invalid")
    if content and state.templates and content not in state.templates:
        raise ApiError(400, 21655, "The ContentSid is unknown")
    variables = call.params.get("ContentVariables", "")
    if variables and (not content or not _is_flat(variables)):
        raise ApiError(400, 21656, "The ContentVariables parameter is invalid")


def _is_flat(variables: str) -> bool:
    """Return whether this is a JSON object of texts."""
    try:
        said = json.loads(variables)
    except ValueError:
        return False
    return isinstance(said, dict) and all(isinstance(value, str) for value in said.values())


def _check_terms(call: RestCall) -> None:
    callback = call.params.get("StatusCallback", "")
    parts = urlsplit(callback)
    host = parts.hostname or ""
    if callback and (parts.scheme not in ("http", "https") or not host or "_" in host):
        raise ApiError(400, 21609, f"The StatusCallback URL {callback} is not a valid URL.")
    validity = call.params.get("ValidityPeriod", "36000")
    if not validity.isdecimal() or int(validity) not in VALIDITY_S:
        raise ApiError(400, 21424, "ValidityPeriod is not between 1 and 36000")
    if call.params.get("ScheduleType") and not (
        call.params.get("SendAt") and call.params.get("MessagingServiceSid")
    ):
        raise ApiError(400, 35118, "MessagingServiceSid and SendAt are required to schedule")


def _text(state: State, call: RestCall) -> str:
    """Return the body; of a template, with its slots filled."""
    template = state.templates.get(call.params.get("ContentSid", ""))
    if template is None:
        return call.params.get("Body", "")
    said: dict[str, str] = json.loads(call.params.get("ContentVariables", "") or "{}")
    if any(slot not in said for slot in SLOT.findall(template)):
        raise ApiError(400, 21656, "The ContentVariables do not fill the template")
    return SLOT.sub(lambda found: said[found[1]], template)


def change(state: State, sid: str, call: RestCall) -> Dict:
    """Cancel a message that is scheduled, or take its text away."""
    message = state.message(sid)
    if call.params.get("Status") == "canceled":
        if message.status not in ("accepted", "scheduled"):
            raise ApiError(400, 30409, "The message cannot be canceled any more")
        message.become("canceled", state.now())
    if call.params.get("Body") == "":
        message.body = ""
    return message_json(state, message)


def listing(state: State, call: RestCall, newest_at: float | None = None) -> Dict:
    """Return one page of the messages that fit, the newest first; none newer than `newest_at`."""
    said = call.params
    shown_at = float("inf") if newest_at is None else newest_at
    found = [one for one in _newest(state) if one.at <= shown_at and _fits(one, call)]
    size = _number(said.get("PageSize", str(DEFAULT_PAGE)), 1, MOST_PAGE)
    page = _number(said.get("Page", "0"), 0, 10**6)
    start = _start(found, said.get("PageToken", ""), page * size)
    shown = found[start : start + size]
    kept = [
        (name, value)
        for name, values in call.values.items()
        for value in values
        if name not in ("Page", "PageToken")
    ]
    base = f"/{VERSION}/Accounts/{state.account}/Messages.json"
    is_more = start + size < len(found)
    following = (
        [*kept, ("Page", str(page + 1)), ("PageToken", f"PA{shown[-1].sid}")] if is_more else []
    )
    return {
        "end": start + max(0, len(shown) - 1),
        "first_page_uri": f"{base}?{urlencode([*kept, ('Page', '0')])}",
        "messages": [message_json(state, message) for message in shown],
        "next_page_uri": f"{base}?{urlencode(following)}" if is_more else None,
        "page": page,
        "page_size": size,
        "previous_page_uri": None,
        "start": start,
        "uri": f"{base}?{urlencode(kept)}",
    }


def _newest(state: State) -> list[StoredMessage]:
    both = enumerate([*state.inbound, *state.messages])
    return [one for _, one in sorted(both, key=lambda pair: (pair[1].at, pair[0]), reverse=True)]


def _start(found: Sequence[StoredMessage], token: str, otherwise: int) -> int:
    """Return where a page begins: after the last message of the one before."""
    for n, message in enumerate(found):
        if token == f"PA{message.sid}":
            return n + 1
    return otherwise


def _number(said: str, least: int, most: int) -> int:
    if not said.isdecimal() or int(said) < least:
        raise ApiError(400, 20001, f"Page or PageSize {said!r} is not valid")
    return min(int(said), most)


def _fits(message: StoredMessage, call: RestCall) -> bool:
    """Return whether a message is asked for; one not yet sent has no DateSent to fit."""
    said = call.params
    if (
        said.get("To", message.to) != message.to
        or said.get("From", message.sender) != message.sender
    ):
        return False
    bounds = {name: said[name] for name in ("DateSent", "DateSent>", "DateSent<") if name in said}
    if not bounds:
        return True
    if message.sent_at is None:
        return False
    sent_at = message.sent_at.replace(microsecond=0)
    return all(_is_within(sent_at, name, value) for name, value in bounds.items())


def _is_within(sent_at: datetime, name: str, value: str) -> bool:
    """Compare by seconds; a date without a time is its whole day, in UTC."""
    try:
        first = datetime.fromisoformat(value.replace("Z", "+00:00"))
    except ValueError:
        raise ApiError(400, 20001, f"{name} {value!r} is not a date") from None
    first = first if first.tzinfo else first.replace(tzinfo=UTC)
    last = first if "T" in value else first + timedelta(days=1) - timedelta(seconds=1)
    match name:
        case "DateSent>":
            return sent_at >= first
        case "DateSent<":
            return sent_at <= last
        case _:
            return first <= sent_at <= last


def begin_call(state: State, call: RestCall) -> Dict:
    """Store a phone call that is asked for."""
    to, sender = call.params.get("To", ""), call.params.get("From", "")
    if not to or not ADDRESS.fullmatch(to):
        raise ApiError(400, 21201 if not to else 21211, "No or invalid 'To' number")
    if sender not in state.numbers:
        raise ApiError(400, 21210, "The source phone number is not verified")
    if not call.params.get("Url") and not call.params.get("Twiml"):
        raise ApiError(400, 21205, "Url parameter is required.")
    begun = VoiceCall(state.new_id("CA"), sender, to, "queued", "outbound-api")
    begun.updates.append(dict(call.params))
    state.voice_calls[begun.sid] = begun
    return call_json(state, begun)


def change_call(state: State, sid: str, call: RestCall) -> VoiceCall:
    """Note what a phone call is told to do: another Url or Twiml, or to end."""
    found = state.voice_calls.get(sid)
    if found is None:
        raise ApiError(404, 20404, f"The requested resource {call.path} was not found")
    if found.status not in ("queued", "ringing", "in-progress"):
        raise ApiError(400, 21220, "Invalid call state: the call is not in progress")
    status = call.params.get("Status", "")
    if status not in ("", "completed", "canceled"):
        raise ApiError(400, 21219, f"Status {status!r} is not valid")
    if not status and not call.params.get("Url") and not call.params.get("Twiml"):
        raise ApiError(400, 21218, "Status, Url or Twiml is required")
    found.updates.append(dict(call.params))
    found.status = status or found.status
    return found
