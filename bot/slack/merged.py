"""Several parts that listen to Slack, as one. Pure."""

from collections.abc import Iterable, Mapping, Sequence

from channels.slack.base import Json, Listener, Listeners, TeamId


def merged(parts: Iterable[Listeners]) -> Listeners:
    """Return what all of them want to hear.

    An event may be for several: they hear it one after the other, and when one fails all hear it
    again, since none does anything twice. A button, view, shortcut or command is for one.
    """
    shares = tuple(parts)
    heard: dict[str, list[Listener]] = {}
    for share in shares:
        for name, listener in share.events.items():
            heard.setdefault(name, []).append(listener)
    return Listeners(
        events={name: _each(listeners) for name, listeners in heard.items()},
        actions=_only([share.actions for share in shares]),
        views=_only([share.views for share in shares]),
        shortcuts=_only([share.shortcuts for share in shares]),
        commands=_only([share.commands for share in shares]),
    )


def _each(listeners: Sequence[Listener]) -> Listener:
    if len(listeners) == 1:
        return listeners[0]

    async def all_hear(team: TeamId, body: Json) -> None:
        for listener in listeners:
            await listener(team, body)

    return all_hear


def _only(shares: Sequence[Mapping[str, Listener]]) -> Mapping[str, Listener]:
    whole: dict[str, Listener] = {}
    for share in shares:
        twice = whole.keys() & share.keys()
        assert not twice, f"two parts listen to {sorted(twice)}"
        whole |= share
    return whole
