import pytest

from channels.web_site import Sites, WebSite, origin_of

SHOP = WebSite("pk_shop", ("https://shop.example.com",), b"s" * 32)
BANK = WebSite("pk_bank", ("https://bank.example.com:8443",), b"b" * 32)


@pytest.mark.parametrize(
    ("origin", "is_allowed"),
    [
        ("https://shop.example.com", True),
        ("https://bank.example.com:8443", True),
        ("https://bank.example.com", False),
        ("http://shop.example.com", False),
        ("https://shop.example.com.evil.example.net", False),
        ("https://evil.example.net", False),
        ("null", False),
        ("http://127.0.0.1:8080", True),
        ("https://127.0.0.1:8080", True),
        ("http://127.0.0.1:8081", False),
    ],
)
def test_an_origin_is_allowed_exactly_or_is_our_own(origin: str, is_allowed: bool) -> None:
    sites = Sites([SHOP, BANK], "")

    assert sites.allow(origin, "127.0.0.1:8080") is is_allowed


def test_a_site_does_not_open_the_other_sites() -> None:
    sites = Sites([SHOP, BANK], "")

    assert sites.allow_for(SHOP, "https://shop.example.com", "h")
    assert not sites.allow_for(BANK, "https://shop.example.com", "h")


def test_with_a_public_url_the_host_header_counts_for_nothing() -> None:
    sites = Sites([SHOP], "https://chat.example.com/base")

    assert sites.allow("https://chat.example.com", "internal:8080")
    assert not sites.allow("http://internal:8080", "internal:8080")
    assert not sites.allow("http://", "")


def test_the_origin_of_a_url_has_no_path() -> None:
    assert origin_of("https://chat.example.com:444/a?b") == "https://chat.example.com:444"


@pytest.mark.parametrize(
    ("pattern", "origin", "is_allowed"),
    [
        ("http://localhost:*", "http://localhost:3000", True),
        ("http://localhost:*", "http://localhost", True),
        ("http://localhost:*", "https://localhost:3000", False),
        ("http://localhost:*", "http://localhost:3000.evil.example.net", False),
        ("http://localhost:*", "http://localhost.evil.example.net", False),
        ("*", "https://anything.example.org", True),
        ("*", "null", False),
        ("*", "", False),
    ],
)
def test_a_star_stands_for_any_port_or_alone_for_any_origin(
    pattern: str, origin: str, is_allowed: bool
) -> None:
    sites = Sites([WebSite("pk_any", (pattern,), b"a" * 32)], "https://chat.example.com")

    assert sites.allow(origin, "chat.example.com") is is_allowed
