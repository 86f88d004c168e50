"""The demo bank: its articles, its policy, and questions end to end without any vendor."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

import bot
from bot.knowledge.knowledge import Knowledge, open_knowledge
from bot.knowledge.reading import read_folder
from bot.tenant import load_tenant
from routing.errors import ModelFailed
from routing.models.base import Cited, Text
from routing.models.offline import OfflineModel
from routing.request import Message, Redacted, Request, Role, TenantId

DEMO = Path(bot.__file__).parent / "demo"
ARTICLES = read_folder(DEMO / "articles")
AURELIS = TenantId("aurelis")
PHONES = ("0100", "0111", "0122", "0133", "0144", "0155", "0166", "0177")

QUESTIONS = (
    ("I lost my card on the bus yesterday", "lost-or-stolen-card", "freeze it in the app"),
    ("What does a replacement card cost?", "lost-or-stolen-card", "€10"),
    ("the ATM swallowed my card", "card-swallowed", "kept your card"),
    ("When will my new card arrive?", "card-delivery", "3 to 5 working days"),
    ("how do I activate my card", "activate-card", "tap Activate"),
    ("can I use apple pay?", "wallets", "Apple Pay"),
    ("how much can I pay contactless?", "contactless", "€50"),
    ("why was my card declined?", "declined-card-payment", "the app shows the reason"),
    ("I forgot my PIN", "pin", "Show PIN"),
    ("my pin is blocked", "pin", "Unblock PIN"),
    ("there's a payment I didn't make", "unrecognised-payment", "freeze the card"),
    ("I was charged twice at the supermarket", "dispute-a-payment", "wait 3 days"),
    ("where is my refund?", "refunds", "10 working days"),
    ("how long does a transfer take?", "transfers", "next working day"),
    ("I sent money to the wrong account!", "cancel-transfer", "Recall"),
    ("how much is an international transfer?", "international-transfers", "€9.50"),
    ("how do I cancel a direct debit?", "direct-debits", "Stop this direct debit"),
    ("how do I set up a standing order", "standing-orders", "Standing orders"),
    ("is there a fee for topping up with a credit card?", "adding-money", "1 %"),
    ("can I deposit a cheque?", "cash-deposits", "€4"),
    ("what's the interest on an overdraft?", "overdraft", "%"),
    ("I can't log in, I forgot my passcode", "app-login", "Forgot passcode"),
    ("what documents do I need to open an account?", "open-account", "passport"),
    ("my identity check failed", "identity-check", "blurred"),
    ("can I pay back my loan early?", "personal-loan", "at any time"),
    ("I want to close my account", "close-account", "at any time"),
    ("I moved, how do I change my address?", "personal-details", "Personal details"),
    ("when are you open on Saturday?", "opening-hours", "9:30"),
    ("I want to complain", "complaints", "New complaint"),
)
STRANGE = (
    "who won the football match last night",
    "what's the weather like in Lisbon",
    "asdf qwer zxcv",
    "how do I cook rice",
    "write me a poem about cards",
    "can you recommend a good restaurant",
    "my washing machine is broken",
    "how do I change the oil in my car",
    "¿Cómo puedo cancelar mi tarjeta?",
    "Wie sperre ich meine Karte?",
    "j'ai perdu ma carte",
    "hello",
)


@pytest.fixture(scope="module", name="path")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo") / "copilot.db"


@pytest.fixture
async def knowledge(path: Path) -> AsyncIterator[Knowledge]:
    opened = await open_knowledge(path)
    await opened.add(AURELIS, ARTICLES)
    yield opened
    await opened.close()


async def answer(knowledge: Knowledge, question: str) -> tuple[str, str]:
    """Return the text and the id of the article that it is from."""
    passages = await knowledge.search(AURELIS, question)
    messages = (Message(Role.CUSTOMER, Redacted(question)),)
    request = Request(AURELIS, "c1", 1, Redacted(""), messages, passages)
    text, source = "", ""
    async for piece in OfflineModel().stream(request, 300):
        text += piece.text if isinstance(piece, Text) else ""
        source = piece.passage_id.split("#")[0] if isinstance(piece, Cited) else source
    return text, source


@pytest.mark.promise("B12")
@pytest.mark.parametrize(("question", "article", "words"), QUESTIONS)
async def test_a_customer_s_question_is_answered_from_the_right_article(
    knowledge: Knowledge, question: str, article: str, words: str
) -> None:
    text, source = await answer(knowledge, question)

    assert source == article
    assert words in text
    assert text.endswith(" [1]")
    assert len(text) < 750


@pytest.mark.parametrize("question", STRANGE)
async def test_what_the_bank_has_no_article_about_is_not_answered(
    knowledge: Knowledge, question: str
) -> None:
    with pytest.raises(ModelFailed, match="ungrounded"):
        await answer(knowledge, question)


def test_there_are_articles_enough_each_of_a_sensible_length_with_an_address() -> None:
    words = {article.id: len(article.text.split()) for article in ARTICLES}

    assert len(ARTICLES) >= 34
    assert {id for id, count in words.items() if not 140 <= count <= 420} == set()
    assert all(article.url == f"https://help.aurelis.example/{article.id}" for article in ARTICLES)
    assert len({article.title for article in ARTICLES}) == len(ARTICLES)


def test_articles_name_only_phone_numbers_and_addresses_that_belong_to_nobody() -> None:
    text = "\n".join(article.text for article in ARTICLES)

    assert set(re.findall(r"555-(\d+)", text)) <= set(PHONES)
    assert set(re.findall(r"@([\w.]+\w)", text)) <= {"aurelis.example"}
    assert "http" not in text


def test_an_article_that_names_another_names_one_that_exists() -> None:
    text = "\n".join(article.text for article in ARTICLES)
    titles = {article.title.split(":")[0] for article in ARTICLES}
    named = set(re.findall(r'(?:See|see|described in|described under|under) "([A-Z][^"]+)"', text))

    assert {name for name in named if not any(title.startswith(name) for title in titles)} == set()


def test_the_demo_s_policy_is_valid_and_covers_what_customers_ask() -> None:
    tenant = load_tenant(DEMO / "policy.yaml")
    intents = tenant.policy.intents

    assert (tenant.id, tenant.brand) == ("aurelis", "Aurelis Bank")
    assert len(intents) >= 15
    assert all(10 <= len(rule.examples) <= 15 for rule in intents)
    assert {rule.name for rule in intents if rule.handoff} == {"complaint", "scam-report"}
    assert [site.key for site in tenant.sites] == ["pk_demo"]
