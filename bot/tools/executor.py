"""Carries out the calls of one conversation: real values in, redacted results out."""

from bot.errors import BotRefused
from bot.privacy.kinds import Hints
from bot.privacy.redact import Redactor
from bot.privacy.vault import Vault
from bot.tools.personal import filled
from bot.tools.source import Catalogue, Customer, Order
from routing.agent.errors import ToolFailed
from routing.agent.schema import parse_arguments, problems
from routing.agent.tools import Offer
from routing.request import ToolCall, ToolResult


class Executor:
    """Implements `routing.agent.tools.Tools` over a catalogue.

    Between the model and the tool stands this: the model never sees a real value, the tool never a
    placeholder. New values in a result are in the vault afterwards; whoever writes next keeps them.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        customer: Customer,
        redactor: Redactor,
        vault: Vault,
        own: tuple[Offer, ...] = (),
    ) -> None:
        """Take the tools, and those that the caller of the run carries out himself.

        Raises:
            BotRefused: one of his has the name of another.
        """
        names = [offer.tool.name for offer in (*catalogue.offers(), *own)]
        for name in names:
            if names.count(name) > 1:
                raise BotRefused(f"tool {name!r} stands twice, expected each name once")
        self._own = own
        self._catalogue = catalogue
        self._customer = customer
        self._redactor = redactor
        self._vault = vault

    def offers(self) -> tuple[Offer, ...]:
        """Return every tool of the catalogue, then the caller's own."""
        return (*self._catalogue.offers(), *self._own)

    async def call(self, call: ToolCall, key: str) -> ToolResult:
        """Carry one call out; see `Tools.call`."""
        found = self._catalogue.find(call.name)
        arguments = parse_arguments(call.arguments)
        if found is None or arguments is None:
            raise ToolFailed("it is not there any more", may_have_run=False)
        source, offer = found
        if offer.schema is not None:
            arguments = filled(offer.schema, arguments, self._vault)
            # Once more, now that the real values can be measured.
            wrong = "; ".join(problems(offer.schema, arguments, is_filled=True))
            if wrong:
                raise ToolFailed(wrong, may_have_run=False)
        returned = await source.call(Order(call.name, arguments, key, self._customer))
        # What looks like a placeholder in it is neutralised: no tool may name the vault's values.
        hints = Hints(public=returned.text if returned.is_public else "")
        text = self._redactor.redact(returned.text, self._vault, hints)
        return ToolResult(call.id, text, returned.is_error)
