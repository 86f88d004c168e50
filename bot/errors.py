"""What can go wrong in the application.

BotError
├── BotRefused              the caller's fault
│   ├── SettingsRefused     an environment variable or option is wrong; says how to mend it
│   └── IllegalEvent        the state machine has no row for this
├── StaleWrite              somebody else has moved on; drop what was being done
│   ├── StaleFence          another process owns the conversation
│   ├── StaleEpoch          the floor has changed hands
│   └── StaleQuestion       the customer has said more
├── StoreFailed             the disk or database failed
└── DeskFailed              the desk could not be reached
"""


class BotError(Exception):
    """Anything that this folder raises."""


class BotRefused(BotError):
    """What was asked cannot be done."""


class SettingsRefused(BotRefused):
    """A setting is missing or wrong; the message says which and how to mend it."""


class IllegalEvent(BotRefused):
    """An event that cannot happen in this state; nothing was changed."""


class StaleWrite(BotError):
    """The write was refused whole, because its writer is out of date."""


class StaleFence(StaleWrite):
    """Another owner has taken the conversation since."""


class StaleEpoch(StaleWrite):
    """The floor has changed hands since this was decided."""


class StaleQuestion(StaleWrite):
    """The customer has said more since this was decided."""


class StoreFailed(BotError):
    """The store could not do it; nothing of the write is kept."""


class DeskFailed(BotError):
    """The desk could not be reached; the card stays in the outbox."""

    def __init__(self, message: str, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s
        """When it may be tried again, if the desk has said so."""
