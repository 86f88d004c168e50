"""How well personal data is found, on labelled data that is read and never copied.

The data is a folder named by COPILOT_EVAL_DATA (default `../shared/data`). The right spans of
`presidio_generated_large.json` are compared with ours and, in the same run, with those of
presidio-analyzer's own pattern recognizers, when `.tools/analyzer` holds it:

    .tools/bin/uv venv .tools/analyzer
    .tools/bin/uv pip install --python .tools/analyzer presidio-analyzer==2.2.366

False alarms are counted on messages of bank customers and on CLINC150, bare phone numbers on HINT3.
A span is right when its kind is and half of the two is common to both; "hidden" is the share of
labelled values of which no letter or digit is left, by whatever kind. `--show KIND` prints what was
missed and what was too much.

Run it with `python -m benchmarks.redaction_quality`.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bot.privacy.detect import find
from bot.privacy.detect.plain import visible
from bot.privacy.kinds import NO_HINTS, Kind

ROOT = Path(__file__).parent.parent
RIVAL = ROOT / ".tools" / "analyzer" / "bin" / "python"
KINDS = {
    "CREDIT_CARD": {Kind.CREDIT_CARD}, "PHONE_NUMBER": {Kind.PHONE}, "US_SSN": {Kind.SSN},
    "IBAN_CODE": {Kind.IBAN}, "EMAIL_ADDRESS": {Kind.EMAIL}, "IP_ADDRESS": {Kind.IP_ADDRESS},
    "PERSON": {Kind.NAME}, "ADDRESS": {Kind.ADDRESS},
}  # fmt: skip
"""Label of the set to our kinds."""
STRUCTURED = tuple(list(KINDS)[:6])
FALSE_ALARM_MESSAGES = 2_000
_PHONE = re.compile(r"(?<!\d)[6-9]\d{9}(?!\d)")

Found = tuple[int, int, str]
"""Start, end, label."""


@dataclass(slots=True)
class Score:
    """Hits, misses and false alarms of one label."""

    hits: int = 0
    missed: list[str] = field(default_factory=list)
    too_much: list[str] = field(default_factory=list)
    hidden: int = 0

    def row(self) -> str:
        """Return precision, recall, F2 and the share that is hidden."""
        right, found = self.hits + len(self.missed), self.hits + len(self.too_much)
        precision, recall = self.hits / max(1, found), self.hits / max(1, right)
        both = 4 * precision + recall
        f2 = 5 * precision * recall / both if both else 0.0
        return f"{precision:7.3f}{recall:7.3f}{f2:7.3f}{self.hidden / max(1, right):8.3f}"


def main() -> int:
    """Print the tables; return 1 when the data is not there."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.redaction_quality")
    parser.add_argument("--show", default="", help="a label, or `alarms`")
    shown = parser.parse_args().show
    folder = Path(os.getenv("COPILOT_EVAL_DATA", "../shared/data"))
    labelled = folder / "presidio_generated_large.json"
    if not labelled.is_file():
        print(f"redaction_quality: no data in {folder}; name its folder with COPILOT_EVAL_DATA")
        return 1
    rows = json.loads(labelled.read_text())
    texts = [row["full_text"] for row in rows]
    right = [
        [(s["start_position"], s["end_position"], s["entity_type"]) for s in row["spans"]]
        for row in rows
    ]
    print(f"{len(texts)} texts of presidio_generated_large.json{'':>7}P      R     F2  hidden")
    began = time.process_time()
    ours = [found_by_us(text) for text in texts]
    taken = time.process_time() - began
    print_scores("ours", scored(texts, right, ours), taken / len(texts), shown)
    if RIVAL.is_file():
        theirs, rival_s = found_by_rival(texts)
        print_scores("presidio-analyzer", scored(texts, right, theirs), rival_s / len(texts), "")
    else:
        print("presidio-analyzer: not installed in .tools/analyzer")
    print_alarms(folder, shown)
    return 0


def found_by_us(text: str) -> list[Found]:
    """Return what we find, with the labels of the set."""
    labels = {kind: label for label, kinds in KINDS.items() for kind in kinds}
    if visible(text) != text:
        text = re.sub(r"[\u200e\u200f\u00ad]", " ", text)
    return [
        (span.start, span.end, labels.get(span.kind, span.kind.value))
        for span in find(text, NO_HINTS)
    ]


def found_by_rival(texts: Sequence[str]) -> tuple[list[list[Found]], float]:
    """Return what presidio-analyzer finds, and the processor seconds it took."""
    done = subprocess.run(
        [RIVAL, ROOT / "benchmarks" / "redaction_rival.py"],
        input=json.dumps(list(texts)), capture_output=True, text=True, check=True,
    )  # fmt: skip
    answer = json.loads(done.stdout)
    found = [[(start, end, label) for start, end, label in spans] for spans in answer["spans"]]
    return found, float(answer["seconds"])


def scored(
    texts: Sequence[str], right: Sequence[Sequence[Found]], found: Sequence[Sequence[Found]]
) -> dict[str, Score]:
    """Return the score of every label, and of the six structured ones together."""
    scores = {label: Score() for label in KINDS}
    for text, wanted, had in zip(texts, right, found, strict=True):
        covered = {place for start, end, _ in had for place in range(start, end)}
        for label, score in scores.items():
            mine = [span for span in had if span[2] == label]
            for span in (span for span in wanted if span[2] == label):
                hit = next((other for other in mine if _is_same(span, other)), None)
                written = text[span[0] : span[1]]
                score.hidden += all(
                    place in covered or not text[place].isalnum()
                    for place in range(span[0], span[1])
                )
                if hit is None:
                    score.missed.append(f"{written!r} in {text!r}")
                else:
                    score.hits += 1
                    mine.remove(hit)
            score.too_much.extend(f"{text[s:e]!r} in {text!r}" for s, e, _ in mine)
    return scores


def _is_same(one: Found, other: Found) -> bool:
    common = min(one[1], other[1]) - max(one[0], other[0])
    return 2 * common >= max(one[1], other[1]) - min(one[0], other[0])


def print_scores(name: str, scores: dict[str, Score], seconds: float, shown: str) -> None:
    """Print a table of scores, and the mistakes of one label."""
    six = Score()
    for label in STRUCTURED:
        six.hits += scores[label].hits
        six.hidden += scores[label].hidden
        six.missed += scores[label].missed
        six.too_much += scores[label].too_much
    for label, score in {**scores, "six structured": six}.items():
        print(f"{name:<20}{label:<16}{score.row()}")
    print(f"{name:<20}{seconds * 1e6:.0f} us a text")
    if shown in scores:
        print("MISSED", *scores[shown].missed, "TOO MUCH", *scores[shown].too_much, sep="\n  ")


def print_alarms(folder: Path, shown: str) -> None:
    """Print how often a message without personal data would be changed, and phones found."""
    bank = _texts(folder / "banking77_train.jsonl")
    step = max(1, len(bank) // FALSE_ALARM_MESSAGES)
    sets = {
        f"BANKING77, {FALSE_ALARM_MESSAGES}": bank[::step][:FALSE_ALARM_MESSAGES],
        "BANKING77, all": bank,
        "CLINC150": _texts(folder / "clinc150_train.jsonl"),
    }
    for name, texts in sets.items():
        kinds: Counter[str] = Counter()
        changed: list[str] = []
        for text in texts:
            spans = find(visible(text), NO_HINTS)
            kinds.update(span.kind.value for span in spans)
            changed += [f"{[text[s.start : s.end] for s in spans]} in {text!r}"] if spans else []
        share = len(changed) / max(1, len(texts))
        print(f"changed in {name} ({len(texts)}): {share:.3%} {dict(kinds)}")
        if shown == "alarms":
            print(*changed, sep="\n  ")
    live = _texts(folder / "hint3_curekart_train.jsonl") + _texts(
        folder / "hint3_sofmattress_train.jsonl"
    )
    with_phone = [text for text in live if _PHONE.search(text)]
    hidden = [text for text in with_phone if _all_hidden(text, _PHONE.finditer, Kind.PHONE)]
    print(f"HINT3: bare phones hidden as PHONE in {len(hidden)} of {len(with_phone)} texts")


def _all_hidden(text: str, values: Callable[[str], Iterable[re.Match[str]]], kind: Kind) -> bool:
    spans = [span for span in find(text, NO_HINTS) if span.kind is kind]
    return all(
        any(span.start <= match.start() and match.end() <= span.end for span in spans)
        for match in values(text)
    )


def _texts(path: Path) -> list[str]:
    if not path.is_file():
        return []
    with path.open() as lines:
        return [json.loads(line)["text"] for line in lines]


if __name__ == "__main__":
    sys.exit(main())
