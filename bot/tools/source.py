"""The port to where tools come from: our own functions, or a server that speaks MCP."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from bot.errors import SettingsRefused
from channels.base import ConversationId
from routing.agent.tools import Offer
from routing.request import TenantId, Tool


@dataclass(frozen=True, slots=True)
class Customer:
    """On whose behalf a tool is used."""

    tenant: TenantId
    conversation: ConversationId
    id: str = ""
    """Stable id of a proven identity; empty for a visitor: a tool shows him nothing of anybody."""


@dataclass(frozen=True, slots=True)
class Order:
    """One call as a tool gets it: checked, with the customer's real values in it."""

    name: str
    arguments: Mapping[str, object]
    """Follow the tool's schema; whole numbers are `int`, others `Decimal`."""
    key: str
    """The same for the same call: whoever can should recognise it."""
    customer: Customer


@dataclass(frozen=True, slots=True)
class Found:
    """What a tool returns, in clear; it is redacted before anybody else sees it."""

    text: str
    is_public: bool = False
    """The company publishes it, such as the address of a branch: nobody's personal data."""
    is_error: bool = False


class Source(Protocol):
    """Some tools, and whoever carries them out.

    Guarantees: raises only ToolFailed; ends in bounded time once it is cancelled.
    """

    def offers(self) -> tuple[Offer, ...]:
        """Return the tools, each name once."""
        ...

    async def call(self, order: Order) -> Found:
        """Carry one call out.

        Raises:
            ToolFailed: it was not done, or it is not known whether it was.
        """
        ...


class Catalogue:
    """The tools of every source, by name."""

    def __init__(self, sources: Iterable[Source] = ()) -> None:
        """Take the sources in.

        Raises:
            SettingsRefused: two of them offer a tool of the same name.
        """
        self._sources: dict[str, tuple[Source, Offer]] = {}
        for source in sources:
            for offer in source.offers():
                self._add(source, offer)

    def offers(self) -> tuple[Offer, ...]:
        """Return every tool, in the order of the sources."""
        return tuple(offer for _, offer in self._sources.values())

    def allowed(self, names: Iterable[str]) -> tuple[Tool, ...]:
        """Return the tools of these names as a model sees them; unknown names are left out."""
        return tuple(self._sources[name][1].tool for name in names if name in self._sources)

    def find(self, name: str) -> tuple[Source, Offer] | None:
        """Return who offers a tool, and the offer; None when nobody does."""
        return self._sources.get(name)

    def _add(self, source: Source, offer: Offer) -> None:
        name = offer.tool.name
        if name in self._sources:
            raise SettingsRefused(f"tool {name!r} is offered twice, expected each name once")
        self._sources[name] = (source, offer)
