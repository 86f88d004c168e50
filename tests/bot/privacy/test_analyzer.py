import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import pytest

from bot.privacy.detect import find
from bot.privacy.detect.analyzer import OVERLAP_CHARS, WINDOW_CHARS, Analyzer, window_starts
from bot.privacy.kinds import NO_HINTS, Kind, Span

ROOT = Path(__file__).parents[3]


@dataclass
class Said:
    entity_type: str
    start: int
    end: int
    score: float = 0.85


class WordEngine:
    """Finds one word, as an engine with a language model finds names; remembers its windows."""

    def __init__(self, word: str, entity: str = "PERSON", score: float = 0.85) -> None:
        self.word, self.entity, self.score = word, entity, score
        self.windows: list[str] = []
        self.threads: set[int] = set()

    def analyze(
        self, text: str, language: str, entities: list[str] | None = None
    ) -> Sequence[Said]:
        self.windows.append(text)
        self.threads.add(threading.get_ident())
        start = text.find(self.word)
        if start < 0:
            return []
        return [Said(self.entity, start, start + len(self.word), self.score)]


@contextmanager
def analyzer(engine: WordEngine) -> Iterator[Analyzer]:
    made = Analyzer(engine)
    try:
        yield made
    finally:
        made.close()


async def test_what_another_detector_finds_is_redacted_too() -> None:
    text = "it was zorblax again, card 4242 4242 4242 4242"
    with analyzer(WordEngine("zorblax")) as second:
        hints = await second.hints(text, NO_HINTS)

    assert [(s.kind, text[s.start : s.end]) for s in find(text, hints)] == [
        (Kind.NAME, "zorblax"),
        (Kind.CREDIT_CARD, "4242 4242 4242 4242"),
    ]


async def test_a_name_that_it_sees_in_a_number_does_not_win() -> None:
    text = "card 4242 4242 4242 4242"
    with analyzer(WordEngine("card 4242 4242 4242 4242")) as second:
        hints = await second.hints(text, NO_HINTS)

    assert [s.kind for s in find(text, hints)] == [Kind.CREDIT_CARD]


async def test_it_runs_in_another_thread_and_sees_small_windows() -> None:
    engine = WordEngine("zorblax")
    text = "word " * 1500 + "zorblax" + " word" * 1500
    with analyzer(engine) as second:
        hints = await second.hints(text, NO_HINTS)

    assert max(map(len, engine.windows)) <= WINDOW_CHARS
    assert engine.threads.isdisjoint({threading.get_ident()})
    assert hints.found == (Span(7500, 7507, Kind.NAME),)


@pytest.mark.parametrize("length", [0, 1, 127, 2048, 2049, 4000, 16_384])
def test_windows_cover_a_text_and_overlap(length: int) -> None:
    starts = list(window_starts(length))

    assert starts[0] == 0
    assert starts[-1] + WINDOW_CHARS >= length
    assert all(b - a == WINDOW_CHARS - OVERLAP_CHARS for a, b in pairwise(starts))


async def test_what_it_is_unsure_of_and_other_entities_are_left_alone() -> None:
    with analyzer(WordEngine("zorblax", score=0.2)) as unsure:
        assert (await unsure.hints("zorblax", NO_HINTS)).found == ()
    with analyzer(WordEngine("zorblax", entity="NRP")) as other:
        assert (await other.hints("zorblax", NO_HINTS)).found == ()


async def test_hidden_characters_do_not_shift_what_it_finds() -> None:
    with analyzer(WordEngine("zorblax")) as second:
        hints = await second.hints("a\u200bb zorblax", NO_HINTS)

    assert hints.found == (Span(3, 10, Kind.NAME),)


async def test_a_message_does_not_wait_for_an_engine_that_hangs() -> None:
    is_over = threading.Event()

    class HangingEngine(WordEngine):
        def analyze(
            self, text: str, language: str, entities: list[str] | None = None
        ) -> Sequence[Said]:
            is_over.wait(5)
            return []

    second = Analyzer(HangingEngine("zorblax"), most_s=0.01)
    hints = await second.hints("zorblax", NO_HINTS)
    is_over.set()
    second.close()

    assert hints == NO_HINTS


def test_nothing_of_it_is_loaded_by_naming_it() -> None:
    code = (
        "import sys; from bot.privacy.detect.analyzer import Analyzer; Analyzer().close();"
        "print(*{m.split('.')[0] for m in sys.modules})"
    )
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    ).stdout.split()

    assert not {"presidio_analyzer", "spacy", "numpy", "phonenumbers"} & set(loaded)


async def test_the_real_engine_finds_what_its_patterns_know() -> None:
    pytest.importorskip("presidio_analyzer", reason="the extra presidio-analyzer is not installed")
    second = Analyzer(most_s=30.0)
    try:
        hints = await second.hints("mail lena@example.com", NO_HINTS)
    finally:
        second.close()

    assert Span(5, 21, Kind.EMAIL) in hints.found
