from bot.knowledge.ranking import ROOM_CHARS, Candidate, idf, ranked


def candidate(article: str, title: str, words: str, n: int = 0, text: str = "text") -> Candidate:
    return Candidate(
        article=article,
        n=n,
        title=title,
        url="",
        text=text,
        title_words=frozenset(title.split()),
        heading_words=frozenset(),
        words=tuple(words.split()),
        bm25=1.0,
    )


def test_a_rare_word_weighs_more_than_a_common_one_and_no_word_weighs_nothing() -> None:
    assert idf(1000, 1) > idf(1000, 500) > idf(1000, 1000) > 0


def test_the_article_with_more_of_the_rare_words_comes_first() -> None:
    found = ranked(
        {"card": 0.2, "swallow": 3.0},
        [candidate("a", "card", "card card card"), candidate("b", "card", "card swallow")],
        5,
    )

    assert [one.article for one in found] == ["b", "a"]


def test_a_title_that_says_it_beats_a_text_that_mentions_it() -> None:
    found = ranked({"pin": 2.0}, [candidate("a", "fees", "pin"), candidate("b", "pin", "pin")], 5)

    assert [one.article for one in found] == ["b", "a"]


def test_words_that_stand_together_beat_words_far_apart() -> None:
    apart = "standing " + "x " * 30 + "order"
    found = ranked(
        {"standing": 1.0, "order": 1.0},
        [candidate("a", "t", apart), candidate("b", "t", "standing order")],
        5,
    )

    assert [one.article for one in found] == ["b", "a"]


def test_chunks_of_one_article_become_one_passage_in_the_order_of_the_article() -> None:
    chunks = [
        candidate("a", "pin", "pin change", n=2, text="second"),
        candidate("a", "pin", "pin change", n=1, text="first"),
        candidate("a", "pin", "other", n=5, text="unlike"),
    ]
    (found,) = ranked({"pin": 1.0, "change": 2.0}, chunks, 5)

    assert found.text == "first\n\nsecond"
    assert found.first == 1


def test_a_passage_has_no_more_text_than_there_is_room() -> None:
    long = "x" * (ROOM_CHARS // 2)
    chunks = [candidate("a", "pin", "pin", n=n, text=long) for n in range(4)]
    (found,) = ranked({"pin": 1.0}, chunks, 5)

    assert len(found.text) <= ROOM_CHARS + 2


def test_scores_are_between_zero_and_one_and_no_more_than_the_limit_come_back() -> None:
    chunks = [candidate(f"a{n}", "pin change", "pin change") for n in range(9)]
    found = ranked({"pin": 1.0, "change": 1.0}, chunks, 3)

    assert len(found) == 3
    assert all(0 <= one.score <= 1 for one in found)


def test_equal_scores_come_in_a_fixed_order() -> None:
    chunks = [candidate("b", "pin", "pin"), candidate("a", "pin", "pin")]

    assert [one.article for one in ranked({"pin": 1.0}, chunks, 5)] == ["a", "b"]


def test_nothing_is_found_among_nothing() -> None:
    assert ranked({"pin": 1.0}, [], 5) == ()
    assert ranked({}, [candidate("a", "pin", "pin")], 5)[0].score == 0.0
