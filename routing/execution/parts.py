"""What every run of an engine uses."""

from collections.abc import Mapping
from dataclasses import dataclass

from routing.beside.advice import Advises
from routing.clock import Clock
from routing.execution.health import Health
from routing.execution.watchdog import Timeouts
from routing.models.base import Model
from routing.money.budgets import Budgets
from routing.money.prices import PriceBook
from routing.request import ModelName

REAL_CLOCK = Clock()
DEFAULT_TIMEOUTS = Timeouts()


@dataclass(frozen=True, slots=True)
class Parts:
    """What every run of an engine uses."""

    models: Mapping[ModelName, Model]
    prices: PriceBook
    health: Health
    clock: Clock = REAL_CLOCK
    timeouts: Timeouts = DEFAULT_TIMEOUTS
    budgets: Budgets | None = None
    """What is shared with other turns; None: the cap of the turn alone counts."""
    advisor: Advises | None = None
    """Asked before the first attempt of a decision that wants it."""
