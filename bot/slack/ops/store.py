"""What is known of incidents, kept in the cabinet so that every process knows the same."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from bot.clock import Clock
from bot.slack.ops.incident import Kept, Part
from bot.stores.cabinet import Cabinet, Entry
from routing.watching.events import Ending, Severity

INCIDENT, PART, ACK, ALIVE = (
    "slack.incident",
    "slack.incident_part",
    "slack.incident_ack",
    "slack.incident_alive",
)
"""Each incident has parts of a kind of their own, so that none is read for another."""
REMEMBERED = timedelta(days=7)
DATES = frozenset({"since", "last", "over_at", "shown_at", "failed_since", "spilled_since"})


def key_of(incident: str) -> str:
    """Return the digest of `Alert.incident`: it may name a model or a budget, and is any length."""
    return hashlib.sha256(incident.encode()).hexdigest()[:32]


class Incidents:
    """Keeps incidents; every method raises StoreFailed when the disk fails.

    Whoever has leased an incident alone changes it. What others learn of it meanwhile, events and
    who is on it, has entries of its own.
    """

    def __init__(self, cabinet: Cabinet, clock: Clock) -> None:
        self._cabinet = cabinet
        self._now = clock.now

    async def tell(self, incident: str, serial: str, part: Part) -> None:
        """Keep what a process has to tell; if the incident is not open yet, it is due at once."""
        key = key_of(incident)
        # The part first: whoever closes the incident looks for parts afterwards.
        await self._put_part(key, serial, part)
        await self._open(Kept(key, uuid4().hex, incident))

    async def end(self, incident: str, serial: str, part: Part) -> bool:
        """Keep that it is over, as a process says; False when the incident was closed before."""
        key = key_of(incident)
        await self._put_part(key, serial, part)
        if await self._cabinet.find(INCIDENT, key):
            return True
        await self._cabinet.remove(_parts_of(key), serial)
        return False

    async def lease(self, for_s: float) -> Kept | None:
        """Take the incident that is due first, for so many seconds; None when none is."""
        leased = await self._cabinet.lease(INCIDENT, self._now(), for_s, 1)
        return _kept(leased[0]) if leased else None

    async def keep(self, kept: Kept, due_at: datetime) -> None:
        """Keep where an incident stands, and when somebody shall look at it again."""
        await self._cabinet.put(Entry(INCIDENT, kept.key, _written(kept), self._now(), due_at))

    async def close(self, kept: Kept, serials: Iterable[str]) -> None:
        """Forget an incident and those parts; if there are others by now, it is open anew."""
        await self._remove_parts(kept.key, serials)
        await self._cabinet.remove(INCIDENT, kept.key)
        await self._cabinet.remove(ACK, f"{kept.key}/{kept.id}")
        for kind in (ACK, ALIVE):
            await self._cabinet.remove(kind, None, self._now() - REMEMBERED)
        late = await self.parts(kept.key)
        if any(part.over_at is None for part in late.values()):
            await self._open(Kept(kept.key, uuid4().hex, kept.incident))
        else:
            await self._remove_parts(kept.key, late)

    async def parts(self, key: str) -> Mapping[str, Part]:
        """Return the parts of an incident by their serials."""
        return {entry.key: _part(entry) for entry in await self._cabinet.find(_parts_of(key))}

    async def find(self, key: str) -> Kept | None:
        """Return where an incident stands; None when it is not open."""
        entries = await self._cabinet.find(INCIDENT, key)
        return _kept(entries[0]) if entries else None

    async def all(self) -> Sequence[Kept]:
        """Return all that are open."""
        return [_kept(entry) for entry in await self._cabinet.find(INCIDENT)]

    async def acknowledge(self, kept: Kept, user: str) -> bool:
        """Note who is on it; False when somebody was before."""
        value = json.dumps({"user": user})
        entry = Entry(ACK, f"{kept.key}/{kept.id}", value, self._now())
        return await self._cabinet.put(entry, is_new=True)

    async def acknowledged_by(self, kept: Kept) -> str:
        """Return who is on it; empty for nobody."""
        entries = await self._cabinet.find(ACK, f"{kept.key}/{kept.id}")
        return str(json.loads(entries[0].value)["user"]) if entries else ""

    async def sign_in(self, source: str) -> None:
        """Note that a process is there."""
        await self._cabinet.put(Entry(ALIVE, source, "{}", self._now()))

    async def alive(self) -> Mapping[str, datetime]:
        """Return when each process has signed in last."""
        return {entry.key: entry.at for entry in await self._cabinet.find(ALIVE)}

    async def _put_part(self, key: str, serial: str, part: Part) -> None:
        await self._cabinet.put(Entry(_parts_of(key), serial, _written(part), self._now()))

    async def _remove_parts(self, key: str, serials: Iterable[str]) -> None:
        for serial in tuple(serials):
            await self._cabinet.remove(_parts_of(key), serial)

    async def _open(self, kept: Kept) -> None:
        now = self._now()
        await self._cabinet.put(Entry(INCIDENT, kept.key, _written(kept), now, now), is_new=True)


def _parts_of(key: str) -> str:
    return f"{PART}.{key}"


def _written(value: Part | Kept) -> str:
    return json.dumps(asdict(value), default=_plain)


def _plain(value: object) -> str:
    match value:
        case datetime():
            return value.isoformat()
        case Severity() | Ending():
            return str(value.value)
        case _:
            raise TypeError(f"cannot keep a {type(value).__name__}, expected a date or a choice")


def _fields(entry: Entry) -> dict[str, Any]:
    fields: dict[str, Any] = json.loads(entry.value)
    for name in DATES & fields.keys():
        fields[name] = datetime.fromisoformat(fields[name]) if fields[name] else None
    return fields


def _kept(entry: Entry) -> Kept:
    fields = _fields(entry)
    return Kept(**{**fields, "lines": tuple(fields.get("lines", ()))})


def _part(entry: Entry) -> Part:
    fields = _fields(entry)
    severity, ending = Severity(fields["severity"]), Ending(fields["ending"])
    return Part(**{**fields, "severity": severity, "ending": ending})
