"""The engine: carries decisions out, each in a run of its own."""

from collections.abc import Sequence

from routing.decision import Decision
from routing.execution.parts import Parts
from routing.execution.run import Run
from routing.money.budgets import Account
from routing.request import Request

__all__ = ["Engine", "Parts", "Run"]


class Engine:
    """Runs decisions; holds no state of its own but the models' health, so turns may overlap."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def run(self, decision: Decision, request: Request, accounts: Sequence[Account] = ()) -> Run:
        """Begin to carry out a decision; nothing is asked of a model before the first step.

        Args:
            decision: whom to ask.
            request: what to ask.
            accounts: the shared budgets that every paid attempt counts against.

        Raises:
            UnknownModel: the decision names a model without a price.
        """
        return Run(self._parts, decision, request, accounts)

    async def close(self) -> None:
        """Close every model; the engine is not used afterwards."""
        for model in self._parts.models.values():
            await model.close()
