"""Which language a short text is in, by a vote of its commonest words; pure."""

import re

_VOTES = {
    "en": "the a an is are was my i you your to of and in on it do does did can how what why when "
    "where who not for with have has this that from be would will if me we they please",
    "es": "el la los las un una es está son mi mis yo tu usted de y en que qué cómo como por para "
    "con no puedo cuánto dónde quiero tengo ha mi cuándo he perdido hacer se del al",
    "fr": "le la les un une est sont mon ma mes je vous de des et en que quoi comment pour avec "
    "pas ne puis où quand combien ai j'ai mon c'est qu'est veux du au sur dans perdu",
    "de": "der die das ein eine ist sind mein meine ich sie du von und in wie was warum wann wo "
    "nicht für mit habe hat kann kein keine zu auf dem den im bei wird meiner verloren",
    "it": "il lo la gli le un una è sono mio mia io di e in che come per con non posso quanto dove "
    "ho ha mi perché quando della del al voglio nel perso",
    "pt": "o a os as um uma é são meu minha eu você de e em que como por para com não posso quanto "
    "onde tenho quero do da no na ao perdi",
    "nl": "de het een is zijn mijn ik u je van en in hoe wat waarom wanneer waar niet voor met heb "
    "heeft kan geen te op naar bij wordt ben",
}
_SETS = {name: frozenset(words.split()) for name, words in _VOTES.items()}
APOSTROPHE = "\u2019"
_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")
_FEWEST_VOTES = 2


def language_of(text: str) -> str | None:
    """Return a two-letter code, `other` for another script, None when it is not clear."""
    letters = [char for char in text if char.isalpha()]
    strange = sum(ord(char) > 0x24F for char in letters)
    if letters and strange > len(letters) / 2:
        return "other"
    words = _WORD.findall(text.lower().replace(APOSTROPHE, "'"))
    votes = {name: sum(word in known for word in words) for name, known in _SETS.items()}
    best = max(votes, key=lambda name: votes[name])
    second = max(count for name, count in votes.items() if name != best)
    return best if votes[best] >= _FEWEST_VOTES and votes[best] > second else None
