"""How incidents look, and what is done about them next."""

from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from string import Formatter

import pytest

from bot.slack.ops.incident import (
    Close,
    Incident,
    Kept,
    Moment,
    OpsTerms,
    Part,
    Post,
    Rest,
    Say,
    Step,
    Update,
    joined,
    step_for,
)
from bot.slack.ops.messages import (
    call_line,
    duration,
    end_line,
    headline_of,
    incident_message,
    is_it,
    metadata_of,
)
from bot.slack.ops.words import WORDS
from bot.watch import webhook_section
from bot.watch.own_events import AlertSpilled
from routing.request import TenantId
from routing.watching.events import Ending, Severity, ThresholdCrossed, fields_of
from tests.bot.slack.block_limits import faults_of_message, texts_in

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
WINDOW = timedelta(seconds=600)
ACK = "k/i"
TOLD = [kind for kind in webhook_section.TOLD if not kind.ENDS and kind is not AlertSpilled]
"""What begins an incident in Slack; `alerts.spilled` is told where Slack is not."""
INCIDENT = Incident(
    name="provider.down",
    tenant="aurelis",
    severity=Severity.ERROR,
    details={"tenant": "aurelis", "model": "gpt"},
    count=1,
    since=NOON,
    last=NOON,
)
PART = Part("p1", "provider.down", "aurelis", Severity.ERROR, Ending.EVENT, {}, 1, NOON, NOON)
QUIET = replace(PART, ending=Ending.QUIET)
FACT = replace(PART, ending=Ending.NONE)
SHOWN = Kept("k", "i", "provider.down|aurelis|gpt", "T1", "C1", "1.1", shown="same", shown_at=NOON)


def later(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def shown(incident: Incident) -> str:
    message = incident_message(incident, ACK)
    assert faults_of_message(message.text, message.blocks) == []
    return "\n".join([message.text, *texts_in(message.blocks)])


@pytest.mark.parametrize("kind", TOLD, ids=lambda kind: kind.NAME)
def test_every_event_has_words_of_its_own_whose_fields_it_has(kind: type) -> None:
    words = WORDS[kind.NAME]  # type: ignore[attr-defined]  # every event has a name
    used = {name for _, name, _, _ in Formatter().parse(words.headline) if name}

    assert used <= {field.name for field in fields(kind)}
    assert words.hint.endswith(".")


def test_no_words_are_left_of_events_that_are_gone() -> None:
    assert set(WORDS) == {kind.NAME for kind in TOLD}


def test_an_event_without_words_and_a_field_that_is_missing_show_the_name() -> None:
    assert headline_of(replace(INCIDENT, name="new.event")) == "new.event"
    assert headline_of(replace(INCIDENT, details={})) == "provider.down"


def test_values_have_their_units() -> None:
    event = ThresholdCrossed(TenantId("aurelis"), "cheap", 80, Decimal("1234.5"), Decimal(2000))
    details = {**fields_of(event), "down_s": 200.0, "was_visible": True, "rate": 0.25}
    text = shown(replace(INCIDENT, name=event.NAME, details=details))

    assert "80 percent of cheap are spent" in text
    assert "• spent: *$1234.5*" in text
    assert "• down: *3 min*" in text
    assert "• visible: *yes*" in text
    assert "• rate: *0.25*" in text


@pytest.mark.promise("K76")
def test_nothing_in_a_field_is_markup_or_too_long() -> None:
    bad = "<!channel> *bold*\n>quoted & " + "x" * 5_000
    incident = replace(INCIDENT, details={"model": bad} | {f"field{n}": bad for n in range(30)})
    message = incident_message(incident, ACK)
    marked = [message.text, end_line(incident), call_line(incident, "<@U1>", NOON)]
    marked += [block["text"]["text"] for block in message.blocks if block["type"] == "section"]

    assert faults_of_message(message.text, message.blocks) == []
    assert "<!channel>" not in "".join(marked)
    assert "*bold*" not in "".join(marked)


def test_the_states_of_an_incident_are_told_apart() -> None:
    ended = replace(INCIDENT, over_at=later(60), lasted_s=60.0, count=2)
    quiet = replace(ended, ending=Ending.QUIET, count=1)

    assert "Nobody is on it yet" in shown(INCIDENT)
    assert "<@U1> is on it" in shown(replace(INCIDENT, by="U1"))
    assert "I am on it" not in shown(replace(INCIDENT, by="U1"))
    assert "came 12 times · last" in shown(replace(INCIDENT, count=12))
    assert "*Recovered*: it lasted 1 min and came twice" in shown(ended)
    assert "it came once, and not again" in shown(quiet)
    assert "What to do" not in shown(ended)
    assert "Closed" in shown(replace(ended, is_unheard=True))
    assert "has ended. It came twice." in end_line(replace(ended, is_unheard=True))
    assert "3 times, last" in shown(replace(INCIDENT, ending=Ending.NONE, count=3))
    assert "Slack could not be told" in shown(replace(INCIDENT, spilled_since=NOON))


def test_without_anybody_on_call_the_channel_is_called() -> None:
    assert call_line(INCIDENT, "", later(660)).startswith(
        "<!channel> nobody has reacted for 11 min"
    )


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-1, "0 s"),
        (59.4, "59 s"),
        (60, "1 min"),
        (3_599, "59 min"),
        (3_660, "1 h 1 min"),
        (172_800, "2 days"),
    ],
)
def test_durations_read_as_people_say_them(seconds: float, words: str) -> None:
    assert duration(seconds) == words


def test_what_was_posted_is_known_again_and_nothing_else() -> None:
    other = replace(SHOWN, id="another")

    assert is_it({"metadata": metadata_of(SHOWN, "root")}, SHOWN, "root")
    assert not is_it({"metadata": metadata_of(SHOWN, "root")}, SHOWN, "end")
    assert not is_it({"metadata": metadata_of(other, "root")}, SHOWN, "root")
    assert not is_it({"metadata": {"event_type": "x"}}, SHOWN, "root")
    assert not is_it({}, SHOWN, "root")


def over_at(*parts: Part, at_s: float, alive: dict[str, datetime] | None = None) -> float | None:
    """Return after how many seconds an incident was over, as it looks at an instant."""
    incident = joined(parts, Moment(later(at_s), WINDOW, alive or {}))
    assert incident is not None
    return None if incident.over_at is None else (incident.over_at - NOON).total_seconds()


def test_an_incident_is_over_when_all_its_parts_are() -> None:
    other = replace(QUIET, source="p2", over_at=later(30))

    assert over_at(replace(QUIET, over_at=later(20)), other, at_s=40) == 30
    assert over_at(QUIET, other, at_s=40) is None
    assert over_at(QUIET, at_s=659) is None
    assert over_at(QUIET, at_s=660) == 600
    assert over_at(FACT, at_s=599) is None
    assert over_at(FACT, at_s=600) == 600


def test_an_incident_that_an_event_ends_lasts_until_that_comes_or_its_process_is_gone() -> None:
    back = replace(PART, source="p2", count=0, over_at=later(50))

    assert over_at(PART, back, at_s=60) == 50
    assert over_at(replace(PART, last=later(55)), back, at_s=60) is None
    assert over_at(PART, at_s=700, alive={"p1": later(650)}) is None
    assert over_at(PART, at_s=700, alive={"p1": later(100)}) == 700
    assert over_at(PART, at_s=700) == 600


def test_parts_are_added_up_and_the_newest_is_told() -> None:
    newest = replace(QUIET, count=3, since=later(5), last=later(9), details={"a": 1})
    incident = joined((QUIET, newest), Moment(later(10), WINDOW))

    assert incident is not None
    assert (incident.count, incident.since, incident.details) == (4, NOON, {"a": 1})
    assert incident.lasted_s == 9
    assert joined((replace(QUIET, count=0),), Moment(NOON, WINDOW)) is None


OVER = replace(INCIDENT, over_at=later(60))
FACTUAL = replace(INCIDENT, ending=Ending.NONE)


@pytest.mark.parametrize(
    ("kept", "incident", "shows", "at_s", "step"),
    [
        (SHOWN, None, "same", 0, Close()),
        (replace(SHOWN, ts=""), INCIDENT, "same", 0, Post()),
        (replace(SHOWN, ts=""), OVER, "same", 9_999, Post()),
        (SHOWN, INCIDENT, "same", 599, Rest()),
        (SHOWN, INCIDENT, "other", 2, Rest()),
        (SHOWN, INCIDENT, "other", 3, Update()),
        (replace(SHOWN, shown_at=None), INCIDENT, "other", 0, Update()),
        (SHOWN, INCIDENT, "same", 600, Say("call-1", 1)),
        (replace(SHOWN, calls=1), INCIDENT, "same", 1_799, Rest()),
        (replace(SHOWN, calls=1), INCIDENT, "same", 1_800, Say("call-2", 2)),
        (SHOWN, INCIDENT, "same", 1_800, Say("call-2", 2)),
        (replace(SHOWN, calls=2), INCIDENT, "same", 9_999, Rest()),
        (SHOWN, replace(INCIDENT, by="U1"), "same", 600, Rest()),
        (SHOWN, replace(INCIDENT, severity=Severity.WARNING), "same", 600, Rest()),
        (SHOWN, FACTUAL, "same", 600, Rest()),
        (SHOWN, OVER, "other", 60, Say("end")),
        (replace(SHOWN, is_end_told=True), OVER, "other", 60, Update()),
        (replace(SHOWN, is_end_told=True), OVER, "same", 60, Close()),
        (SHOWN, replace(FACTUAL, over_at=later(60)), "same", 60, Close()),
    ],
)
def test_the_next_step(
    kept: Kept, incident: Incident | None, shows: str, at_s: float, step: Step
) -> None:
    assert step_for(kept, incident, shows, later(at_s), OpsTerms()) == step
