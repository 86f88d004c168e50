"""An incident as Slack shows it to operations: what is the matter, how bad, what to do. Pure."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.slack.blocks import (
    MOST_FALLBACK,
    MOST_HEADER,
    Block,
    button,
    context,
    cut,
    header,
    safe,
    section,
    since,
)
from bot.slack.ops.incident import Details, Incident, Kept
from bot.slack.ops.words import UNKNOWN, WORDS
from routing.watching.events import Ending, Severity

ACK = "ops_ack"
"""Id of the button; all buttons of operations begin with `ops_`."""
INCIDENT = "copilot.incident"
"""`event_type` of the metadata of everything that is posted about an incident."""
MOST_NAME = 60
MOST_VALUE = 200
MOST_DETAILS = 10
SEVERITIES = {Severity.INFO: "Note", Severity.WARNING: "Warning", Severity.ERROR: "Error"}
SIGNS = {
    Severity.INFO: ":information_source:",
    Severity.WARNING: ":large_yellow_circle:",
    Severity.ERROR: ":red_circle:",
}
EVERYBODY = "<!channel>"


@dataclass(frozen=True, slots=True)
class IncidentMessage:
    """A message, ready to be posted or to take the place of what is there."""

    text: str
    """For notifications and screen readers."""
    blocks: tuple[Block, ...]

    @property
    def digest(self) -> str:
        """What two messages that look the same have in common."""
        whole = json.dumps([self.text, self.blocks])
        return hashlib.sha256(whole.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def incident_message(incident: Incident, ack: str) -> IncidentMessage:
    """Return how an incident looks now; `ack` is what its button carries."""
    words = WORDS.get(incident.name, UNKNOWN)
    headline = f"{_sort(incident)}: {headline_of(incident)}"
    blocks = [header(cut(headline, MOST_HEADER)), section(_state(incident))]
    if lines := _details(incident.details):
        blocks.append(section("\n".join(lines)))
    is_open = incident.over_at is None and not incident.is_fact
    if is_open or incident.is_fact:
        blocks.append(section(f"*What to do*\n{words.hint}"))
    blocks.append(context(_facts(incident)))
    if incident.spilled_since is not None:
        blocks.append(context([_spilled(incident.spilled_since)]))
    if is_open and not incident.by:
        button_of = button(ACK, "I am on it", ack, "primary")
        blocks.append({"type": "actions", "elements": [button_of]})
    return IncidentMessage(
        cut(safe(f"{headline}{_times(incident)}", 600), MOST_FALLBACK), tuple(blocks)
    )


def headline_of(incident: Incident) -> str:
    """Return what is the matter, in one sentence; plain text, not escaped."""
    words = WORDS.get(incident.name, UNKNOWN)
    values = {name: _value(name, value) for name, value in incident.details.items()}
    try:
        return words.headline.format_map({**values, "name": incident.name})
    except KeyError:
        return incident.name


def end_line(incident: Incident) -> str:
    """Return what is said in the thread when an incident is over."""
    if incident.is_unheard:
        return (
            ":white_circle: Closed: nothing more was heard of it, and the process that told it has "
            f"ended. It came {_often(incident.count)}."
        )
    return f":large_green_circle: Recovered: it {_course(incident)}."


def call_line(incident: Incident, on_call: str, now: datetime) -> str:
    """Return what is said in the thread when nobody has reacted."""
    open_s = (now - incident.since).total_seconds()
    return (
        f"{on_call or EVERYBODY} nobody has reacted for {duration(open_s)}: "
        f"{safe(headline_of(incident), MOST_VALUE)}. Press *I am on it* above, or reply here."
    )


def metadata_of(kept: Kept, what: str) -> dict[str, Any]:
    """Return the metadata by which something is found when its post had no answer."""
    payload = {"incident": kept.key, "id": kept.id, "what": what}
    return {"event_type": INCIDENT, "event_payload": payload}


def is_it(message: Mapping[str, Any], kept: Kept, what: str) -> bool:
    """Return whether a message in Slack's history is what was posted."""
    metadata = message.get("metadata")
    if not isinstance(metadata, dict) or metadata.get("event_type") != INCIDENT:
        return False
    return bool(metadata.get("event_payload") == metadata_of(kept, what)["event_payload"])


def duration(seconds: float) -> str:
    """Return a length of time as people say it."""
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole} s"
    minutes, hours = whole // 60, whole // 3600
    if hours < 1:
        return f"{minutes} min"
    return f"{hours} h {minutes % 60} min" if hours < 48 else f"{hours // 24} days"


def _sort(incident: Incident) -> str:
    if incident.over_at is None or incident.is_fact:
        return SEVERITIES[incident.severity]
    return "Closed" if incident.is_unheard else "Recovered"


def _state(incident: Incident) -> str:
    often = _often(incident.count)
    if incident.is_fact:
        again = f", {often}, last {since(incident.last)}" if incident.count > 1 else ""
        return f"{SIGNS[incident.severity]} {since(incident.since)}{again}"
    if incident.over_at is not None:
        if incident.is_unheard:
            return f":white_circle: *Closed*: nothing more was heard of it · came {often}"
        return f":large_green_circle: *Recovered*: it {_course(incident)}"
    again = f" · last {since(incident.last)}" if incident.count > 1 else ""
    sign = SIGNS[incident.severity]
    return f"{sign} *Open* since {since(incident.since)} · came {often}{again}"


def _facts(incident: Incident) -> Sequence[str]:
    facts = [f"`{incident.name}`", f"Tenant: {safe(incident.tenant, MOST_NAME)}"]
    if incident.is_fact:
        return facts
    if incident.over_at is not None:
        facts.append(f"Began {since(incident.since)}")
    if incident.by:
        return [*facts, f":eyes: <@{incident.by}> is on it"]
    return [*facts, "Nobody is on it yet"] if incident.over_at is None else facts


def _spilled(at: datetime) -> str:
    return (
        f":warning: Slack could not be told of this from {since(at)} on. Meanwhile it went to the "
        "log and to webhooks, as `alerts.spilled`."
    )


def _details(details: Details) -> Sequence[str]:
    """Return what the newest event says, a line for each field."""
    told = [(name, value) for name, value in details.items() if name != "tenant" and value != ""]
    return [
        f"• {_label(name)}: *{safe(_value(name, value), MOST_VALUE)}*"
        for name, value in told[:MOST_DETAILS]
    ]


def _label(name: str) -> str:
    plain = name.removesuffix("_usd").removesuffix("_s").removeprefix("is_").removeprefix("was_")
    return safe(plain.replace("_", " "), MOST_NAME)


def _value(name: str, value: str | float) -> str:
    """Return the value of a field with its unit, on one line and without marks."""
    match value:
        case bool():
            return "yes" if value else "no"
        case int() | float() if name.endswith("_s"):
            return duration(value)
        case float():
            return f"{value:g}"
        case _:
            return " ".join(str(value).replace("*", "").split())


def _often(count: int) -> str:
    match count:
        case 1:
            return "once"
        case 2:
            return "twice"
        case _:
            return f"{count} times"


def _times(incident: Incident) -> str:
    return f" ({_often(incident.count)})" if incident.count > 1 else ""


def _course(incident: Incident) -> str:
    """Return how it went, once it is over."""
    often, lasted = _often(incident.count), duration(incident.lasted_s)
    if incident.ending is Ending.EVENT:
        return f"lasted {lasted} and came {often}"
    if incident.count == 1:
        return "came once, and not again"
    return f"came {often} within {lasted}, and not again"
