"""How near a text is to the nearest training example of an intent."""

from dataclasses import dataclass

import numpy as np

from routing.intent.space import Floats, Ints, Row, Rows


@dataclass(frozen=True, slots=True)
class Examples:
    """Training examples as vectors, in the order of their intents."""

    rows: Rows
    first: Ints
    """Number of the first example of each intent; one longer than there are intents."""
    width: int
    """Columns of the space."""

    def cosines(self, row: Row, intent: int) -> Floats:
        """Return the cosine of a vector to each example of an intent, each in [0, 1]."""
        begin, end = int(self.first[intent]), int(self.first[intent + 1])
        products = self.rows.products(row, self.width, begin, end)
        return np.clip(products, np.float32(0), np.float32(1))

    def nearness(self, row: Row, intent: int) -> float:
        """Return the cosine to the nearest example of an intent."""
        return float(self.cosines(row, intent).max())

    @property
    def intents(self) -> int:
        """Return the number of intents."""
        return len(self.first) - 1

    def nearness_to_others(self, number: int, intent: int) -> float:
        """Return the nearness of one of the examples to an intent, itself left out."""
        cosines = self.cosines(self.rows.row(number), intent)
        own = number - int(self.first[intent])
        if 0 <= own < len(cosines):
            cosines = np.delete(cosines, own)
        return float(cosines.max(initial=0))
