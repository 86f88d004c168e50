"""The file of a tenant: the sections besides the policy, and their problems."""

from pathlib import Path

import pytest

from bot.fixed.topics import Topic
from bot.humans.terms import DeskTerms, Mode
from bot.privacy.kinds import Kind, Operator
from bot.tenant import GREETING, LOCAL_SITE, Site, Tenant, load_tenant, read_tenant
from bot.turns.conversation import Pace
from routing.errors import PolicyRefused
from routing.request import ModelName, TenantId

DEMO = Path(__file__).parent.parent.parent / "bot" / "demo" / "policy.yaml"
HEAD = "tenant: aurelis-bank\nversion: 1\n"


def read(text: str) -> Tenant:
    return read_tenant(HEAD + text, "policy.yaml")


def problems_of(text: str) -> list[str]:
    with pytest.raises(PolicyRefused) as refused:
        read(text)
    return str(refused.value).splitlines()


def test_every_section_is_optional() -> None:
    tenant = read("")

    assert (tenant.id, tenant.policy.tenant) == (TenantId("aurelis-bank"), "aurelis-bank")
    assert (tenant.brand, tenant.locale, tenant.greeting) == ("Aurelis Bank", "en", GREETING)
    assert (tenant.sites, tenant.pace, dict(tenant.operators)) == ((LOCAL_SITE,), Pace(), {})
    assert tenant.topics == frozenset(Topic)


def test_every_section_is_read() -> None:
    tenant = read(
        "brand: {name: Aurelis, locale: pt-BR, greeting: Olá!}\n"
        "web:\n"
        "  sites:\n"
        "    - {key: pk_live_1, origins: [https://www.example.com, 'http://localhost:*']}\n"
        "    - {key: pk_2, origins: ['*']}\n"
        "redaction: {operators: {CREDIT_CARD: redact, EMAIL: hash}}\n"
        "pace: {quiet_s: 0.5, longest_s: 3, typing_longest_s: 6.5, say_what_s: 1,\n"
        "  say_in_text_s: 2}\n"
        "topics: [self_harm, threat]\n"
    )

    assert (tenant.brand, tenant.locale, tenant.greeting) == ("Aurelis", "pt-BR", "Olá!")
    assert tenant.sites == (
        Site("pk_live_1", ("https://www.example.com", "http://localhost:*")),
        Site("pk_2", ("*",)),
    )
    assert dict(tenant.operators) == {Kind.CREDIT_CARD: Operator.REDACT, Kind.EMAIL: Operator.HASH}
    assert tenant.pace == Pace(0.5, 3.0, 6.5, 1.0, 2.0)
    assert tenant.topics == {Topic.SELF_HARM, Topic.THREAT}


def test_what_is_set_about_humans_is_read_and_its_problems_have_lines() -> None:
    desk = read("desk: {mode: explicit, sla: {ping_s: 30}, hours: {zone: Europe/Berlin}}\n").desk
    problems = problems_of("desk:\n  sla: {ping_s: 400}\n  hours: {zone: Mars/Base}\n  hour: 9\n")

    assert (desk.mode, desk.sla.ping_s, desk.hours.zone) == (Mode.EXPLICIT, 30, "Europe/Berlin")
    assert [problem.split(": ")[0] for problem in problems] == [
        "policy.yaml:4",
        "policy.yaml:5",
        "policy.yaml:6",
    ]


def test_without_a_section_of_its_own_the_desk_is_always_open() -> None:
    assert read("").desk == load_tenant(DEMO).desk == DeskTerms()


def test_topics_may_all_be_switched_off() -> None:
    assert read("topics: []\n").topics == frozenset()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("brand: {nmae: A}\n", "brand.nmae: unknown key 'nmae', did you mean 'name'?"),
        ("brand: {locale: English}\n", "brand.locale: 'English', expected a language tag"),
        ("brand: {locale: ~}\n", "brand.locale: nothing, expected some text"),
        ("brand: []\n", "brand: an empty list, expected a mapping"),
        ("web: {site: []}\n", "web.site: unknown key 'site', did you mean 'sites'?"),
        ("web: {sites: []}\n", "web.sites: an empty list, expected at least one site"),
        ("web: {sites: pk_1}\n", "web.sites: 'pk_1', expected a list"),
        ("web: {sites: [pk_1]}\n", "web.sites[0]: 'pk_1', expected a mapping"),
        ("web: {sites: [{origins: ['*']}]}\n", "web.sites[0].key: missing, expected the site's"),
        ("web: {sites: [{key: pk_1}]}\n", "web.sites[0].origins: missing, expected a list"),
        ("web: {sites: [{key: sk_1, origins: ['*']}]}\n", "'sk_1', expected a public key: pk_"),
        ("web: {sites: [{key: pk_1, origins: []}]}\n", "an empty list, expected at least one"),
        ("web: {sites: [{key: pk_1, origins: '*'}]}\n", "'*', expected a list in brackets"),
        (
            "web: {sites: [{key: pk_1, origins: [www.example.com]}]}\n",
            "web.sites[0].origins[0]: 'www.example.com', expected an origin without a path",
        ),
        (
            "web: {sites: [{key: pk_1, origins: ['https://example.com/']}]}\n",
            "'https://example.com/', expected an origin without a path",
        ),
        (
            "web: {sites: [{key: pk_1, origins: ['*']}, {key: pk_1, origins: ['*']}]}\n",
            "web.sites: site 'pk_1' twice, expected each key once",
        ),
        ("web: {sites: [{key: pk_1, origins: ['*'], url: x}]}\n", "unknown key 'url'"),
        (
            "redaction: {operators: {CREDITCARD: redact}}\n",
            "redaction.operators.CREDITCARD: unknown kind 'CREDITCARD', did you mean 'CREDIT_CARD",
        ),
        ("redaction: {operators: {ZZZ: redact}}\n", "unknown kind 'ZZZ', expected EMAIL, PHONE"),
        ("redaction: {operators: {EMAIL: hide}}\n", "EMAIL: 'hide', expected one of placeholder"),
        ("redaction: {operator: {}}\n", "redaction.operator: unknown key 'operator', did you"),
        ("pace: {quiet_s: -1}\n", "pace.quiet_s: '-1', expected a number from 0 to 60"),
        ("pace: {quiet_s: 9, longest_s: 3}\n", "pace: longest_s 3, expected at least quiet_s 9"),
        ("topics: [self-harm]\n", "topics[0]: 'self-harm', expected one of "),
        ("topics: fraud\n", "topics: 'fraud', expected a list in brackets"),
        ("barnd: {name: A}\n", "barnd: unknown key 'barnd', did you mean 'brand'?"),
        ("default: {models: [gpt-55]}\n", "default.models[0]: 'gpt-55', expected a model of the"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(text: str, words: str) -> None:
    (problem,) = problems_of(text)

    assert problem.startswith("policy.yaml:3: ")
    assert words in problem


def test_problems_of_the_policy_and_of_the_sections_come_together() -> None:
    found = problems_of("default: {goal: cheap}\npace: {quiet_s: x}\ntopics: 1\n")

    assert [problem.split(":")[1] for problem in found] == ["3", "4", "5"]


def test_models_may_be_known_from_elsewhere() -> None:
    text = HEAD + "default: {models: [sandbox-1]}\n"
    tenant = read_tenant(text, "policy.yaml", known_models={ModelName("sandbox-1")})

    assert tenant.policy.default.models == ("sandbox-1",)


def test_the_demo_is_valid() -> None:
    tenant = load_tenant(DEMO)

    assert tenant.brand == "Aurelis Bank"
    assert len(tenant.policy.intents) > 10


def test_a_file_that_is_not_utf_8_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "policy.yaml"
    path.write_bytes(b"tenant: a\nversion: \xff\n")

    with pytest.raises(PolicyRefused, match=r"policy\.yaml:2: file: byte 0xff is not UTF-8"):
        load_tenant(path)
