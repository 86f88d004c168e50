"""Up to where of the log everything was said to a caller, and heard."""


class HeardUpTo:
    """Where the next line goes on when this one is lost: nothing twice, and nothing left out."""

    def __init__(self, seq: int) -> None:
        """Begin with what was heard before."""
        self._said = self._heard = seq

    def grow(self, seq: int, is_quiet: bool) -> None:
        """Take that more is said, up to `seq`; if it `is_quiet`, all that was said before is heard.

        Call it before anything of it is said.
        """
        self._heard = self.at(is_quiet)
        self._said = seq

    def at(self, is_quiet: bool) -> int:
        """Return up to where all is heard now."""
        return self._said if is_quiet else self._heard
