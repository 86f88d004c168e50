"""Phrases as people write them: one or more to a line, in a small notation."""

import re

_MARKS = str.maketrans({"\u2018": "'", "\u2019": "'", "\u02bc": "'", "`": "'"})
_BARE = (
    ("dont", "don't"), ("cant", "can't"), ("wont", "won't"), ("didnt", "didn't"), ("im", "i'm"),
    ("ive", "i've"), ("isnt", "isn't"), ("wasnt", "wasn't"), ("hasnt", "hasn't"),
    ("doesnt", "doesn't"),    ("youre", "you're"), ("theyre", "they're"),
)  # fmt: skip
_CONTRACTIONS = dict(_BARE)
_BARE_WORD = re.compile(rf"\b(?:{'|'.join(_CONTRACTIONS)})\b")
_LONGEST = 4_000


def compiled(lines: str) -> re.Pattern[str]:
    """Return a pattern for phrases in plain words, matched as whole words.

    A line is a regular expression in lower case, and goes on in the next one while a bracket is
    open. END stands for the end of a sentence.
    """
    phrases, phrase = list[str](), ""
    for line in lines.strip().splitlines():
        phrase += line.strip()
        if phrase.count("(") == phrase.count(")"):
            phrases.append(re.sub(r" END\b", r"(?= ?(?:[.,!?;]|-|$))", phrase))
            phrase = ""
    assert not phrase, "a bracket is left open"
    return re.compile(rf"(?<!\w)(?:{'|'.join(phrases)})(?!\w)")


def spoken(text: str) -> str:
    """Return a text in the form that phrases are written for: lower case, single blanks.

    Only the first 4,000 characters are looked at.
    """
    plain = " ".join(text[:_LONGEST].translate(_MARKS).lower().split())
    return _BARE_WORD.sub(lambda match: _CONTRACTIONS[match[0]], plain)
