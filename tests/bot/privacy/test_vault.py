import dataclasses

import pytest

from bot.errors import SettingsRefused
from bot.privacy.kinds import Kind
from bot.privacy.vault import Vault, VaultKey, VaultTampered, same_form
from channels.base import ConversationId
from routing.request import TenantId

KEY = VaultKey(b"a secret of sixteen bytes or more")
AURELIS, OTHER = TenantId("aurelis"), TenantId("other")
C1, C2 = ConversationId("c1"), ConversationId("c2")


def test_a_value_comes_back_from_the_sealed_rows() -> None:
    vault = Vault(KEY, AURELIS, C1)
    placeholder = vault.placeholder_for(Kind.EMAIL, "Lena@example.com")
    rows = vault.take_new()
    again = Vault(KEY, AURELIS, C1, rows)

    assert placeholder == "[EMAIL_1]"
    assert vault.value_of(placeholder) == again.value_of(placeholder) == "Lena@example.com"
    assert again.placeholder_for(Kind.EMAIL, "lena@EXAMPLE.com") == placeholder
    assert again.take_new() == ()


def test_numbers_go_on_from_the_sealed_rows() -> None:
    vault = Vault(KEY, AURELIS, C1)
    vault.placeholder_for(Kind.EMAIL, "a@example.com")
    vault.placeholder_for(Kind.EMAIL, "b@example.com")
    again = Vault(KEY, AURELIS, C1, vault.take_new())

    assert again.placeholder_for(Kind.EMAIL, "c@example.com") == "[EMAIL_3]"
    assert again.placeholder_for(Kind.PHONE, "+1 415 555 0123") == "[PHONE_1]"


def test_new_rows_are_taken_once_and_can_be_put_back() -> None:
    vault = Vault(KEY, AURELIS, C1)
    vault.placeholder_for(Kind.EMAIL, "a@example.com")
    rows = vault.take_new()
    vault.placeholder_for(Kind.EMAIL, "b@example.com")
    vault.put_back(rows)

    assert [row.placeholder for row in vault.take_new()] == ["[EMAIL_1]", "[EMAIL_2]"]
    assert vault.take_new() == ()


def test_a_row_holds_no_plain_text() -> None:
    vault = Vault(KEY, AURELIS, C1)
    vault.placeholder_for(Kind.EMAIL, "lena@example.com")
    (row,) = vault.take_new()

    assert row.ciphertext is not None
    assert b"lena" not in row.ciphertext + row.digest


@pytest.mark.parametrize("place", range(45))
def test_a_changed_byte_is_noticed(place: int) -> None:
    vault = Vault(KEY, AURELIS, C1)
    placeholder = vault.placeholder_for(Kind.EMAIL, "lena@example.com")
    (row,) = vault.take_new()
    assert row.ciphertext is not None
    changed = bytearray(row.ciphertext)
    changed[place % len(changed)] ^= 1
    broken = Vault(KEY, AURELIS, C1, [dataclasses.replace(row, ciphertext=bytes(changed))])

    with pytest.raises(VaultTampered, match="EMAIL_1"):
        broken.value_of(placeholder)


@pytest.mark.parametrize(
    ("tenant", "conversation", "placeholder"),
    [(OTHER, C1, "[EMAIL_1]"), (AURELIS, C2, "[EMAIL_1]"), (AURELIS, C1, "[EMAIL_2]")],
)
def test_a_row_moved_elsewhere_does_not_open(
    tenant: TenantId, conversation: ConversationId, placeholder: str
) -> None:
    vault = Vault(KEY, AURELIS, C1)
    vault.placeholder_for(Kind.EMAIL, "lena@example.com")
    (row,) = vault.take_new()
    moved = Vault(KEY, tenant, conversation, [dataclasses.replace(row, placeholder=placeholder)])

    with pytest.raises(VaultTampered):
        moved.value_of(placeholder)


def test_another_secret_opens_nothing() -> None:
    vault = Vault(KEY, AURELIS, C1)
    placeholder = vault.placeholder_for(Kind.EMAIL, "lena@example.com")
    other = Vault(VaultKey(b"quite another secret"), AURELIS, C1, vault.take_new())

    with pytest.raises(VaultTampered):
        other.value_of(placeholder)


def test_a_one_way_value_is_not_kept() -> None:
    vault = Vault(KEY, AURELIS, C1)
    card = vault.placeholder_for(Kind.CREDIT_CARD, "4242 4242 4242 4242", one_way=True)
    pin = vault.placeholder_for(Kind.SECRET, "4471", one_way=True)
    rows = vault.take_new()

    assert (card, pin) == ("[CREDIT_CARD ****4242]", "[SECRET_1]")
    assert [row.ciphertext for row in rows] == [None, None]
    assert vault.value_of(card) is None
    assert vault.knows(card)
    assert vault.knows(pin)


def test_nothing_of_a_secret_can_be_guessed_from_its_row() -> None:
    vault = Vault(KEY, AURELIS, C1)
    vault.placeholder_for(Kind.SECRET, "4471", one_way=True)
    (row,) = vault.take_new()

    assert row.digest != KEY.digest(AURELIS, Kind.SECRET, "4471")
    assert vault.placeholder_for(Kind.SECRET, "4471", one_way=True) == "[SECRET_1]"


def test_two_cards_with_the_same_ending_share_a_row() -> None:
    vault = Vault(KEY, AURELIS, C1)
    vault.placeholder_for(Kind.CREDIT_CARD, "4242424242424242", one_way=True)
    vault.placeholder_for(Kind.CREDIT_CARD, "5105105105104242", one_way=True)

    assert len(vault.take_new()) == 1


def test_a_part_of_a_card_shows_nothing() -> None:
    vault = Vault(KEY, AURELIS, C1)

    assert (
        vault.placeholder_for(Kind.CREDIT_CARD, "4242 4242", one_way=True) == "[CREDIT_CARD ****]"
    )


def test_an_unknown_placeholder_has_no_value() -> None:
    vault = Vault(KEY, AURELIS, C1)

    assert vault.value_of("[EMAIL_9]") is None
    assert not vault.knows("[EMAIL_9]")


def test_digests_differ_between_tenants_and_kinds() -> None:
    digests = {
        KEY.digest(AURELIS, Kind.PHONE, "4155550123"),
        KEY.digest(OTHER, Kind.PHONE, "4155550123"),
        KEY.digest(AURELIS, Kind.NUMBER, "4155550123"),
    }

    assert len(digests) == 3
    assert KEY.salt(AURELIS) != KEY.salt(OTHER)


@pytest.mark.parametrize(
    ("kind", "one", "other"),
    [
        (Kind.EMAIL, "Lena@Example.com", "lena@example.com"),
        (Kind.PHONE, "+1 (415) 555-0123", "14155550123"),
        (Kind.CREDIT_CARD, "\u0664\u0662\u0664\u0662", "4242"),
        (Kind.PHONE, "double four two", "442"),
        (Kind.IBAN, "de75 5121", "DE755121"),
        (Kind.NAME, "Lena  KOWALSKI", "lena kowalski"),
    ],
)
def test_spellings_of_one_value_are_one(kind: Kind, one: str, other: str) -> None:
    assert same_form(kind, one) == same_form(kind, other)


def test_names_that_were_given_are_known_after_a_restart() -> None:
    vault = Vault(KEY, AURELIS, C1)
    vault.placeholder_for(Kind.NAME, "Zuzka  Novak")

    assert vault.names() == frozenset({"zuzka novak"})
    assert Vault(KEY, AURELIS, C1, vault.take_new()).names() == frozenset({"zuzka novak"})


def test_a_short_secret_is_refused() -> None:
    with pytest.raises(SettingsRefused, match="COPILOT_SECRET_KEY"):
        VaultKey(b"short")
