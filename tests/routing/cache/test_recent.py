"""Memories with an end."""

from routing.cache.recent import Recent


def test_what_was_set_first_is_forgotten_first() -> None:
    recent: Recent[int] = Recent(2)
    for n, key in enumerate("abac"):
        recent.set(key, n)

    assert [recent.get(key) for key in "abc"] == [2, None, 3]
    assert len(recent) == 2
    assert (recent.pop("a"), recent.pop("a"), len(recent)) == (2, None, 1)
