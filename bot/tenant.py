"""Everything that one company has set: its policy, brand, sites, redaction, pace."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from bot.fixed.topics import Topic
from bot.humans.desk_section import desk_of
from bot.humans.terms import DeskTerms
from bot.privacy.kinds import Kind, Operator
from bot.sms.section import sms_of
from bot.sms.terms import SmsTerms
from bot.turns.conversation import Pace
from bot.voice.section import voice_of
from bot.voice.terms import VoiceTerms
from bot.watch.webhook_section import Webhook, webhooks_of
from routing.money.prices import load_prices
from routing.policy.policy import Policy
from routing.policy.reader import policy_of
from routing.policy.text import Problems, decode
from routing.policy.yaml_file import Field, Section, did_you_mean, parse
from routing.request import ModelName, TenantId

SITE_KEY = re.compile(r"pk_[A-Za-z0-9_-]{1,60}")
ORIGIN = re.compile(r"\*|https?://[^/\s?#]+")
LOCALE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
GREETING = (
    "Hello! I am an automated assistant. Ask me anything; a person can take over at any time."
)


@dataclass(frozen=True, slots=True)
class Site:
    """A website that may show the widget."""

    key: str
    """Public; `pk_…`."""
    origins: tuple[str, ...]
    """Such as `https://www.example.com`; `*` as a port stands for any, alone for every origin."""


USUAL_PACE = Pace()
USUAL_DESK = DeskTerms()
USUAL_SMS = SmsTerms()
USUAL_VOICE = VoiceTerms()
LOCAL_SITE = Site("pk_demo", ("http://localhost:*", "http://127.0.0.1:*"))


@dataclass(frozen=True, slots=True)
class Tenant:
    """What one company has set; immutable."""

    id: TenantId
    policy: Policy
    brand: str
    """The company's name, as customers know it."""
    locale: str = "en"
    greeting: str = GREETING
    operators: Mapping[Kind, Operator] = field(default_factory=lambda: MappingProxyType({}))
    """What replaces a kind of personal data, where it is not the default."""
    sites: tuple[Site, ...] = (LOCAL_SITE,)
    pace: Pace = USUAL_PACE
    topics: frozenset[Topic] = frozenset(Topic)
    """Sensitive topics that take the fixed path to a human."""
    webhooks: tuple[Webhook, ...] = ()
    """Who is told what goes wrong."""
    desk: DeskTerms = USUAL_DESK
    """When humans are there, and how long customers may wait for them."""
    sms: SmsTerms = USUAL_SMS
    voice: VoiceTerms = USUAL_VOICE


def load_tenant(path: Path) -> Tenant:
    """Return the tenant whose file this is.

    Raises:
        PolicyRefused: with every problem of the file, in the order of its lines.
        OSError: the file cannot be read.
    """
    return read_tenant(decode(path.read_bytes(), str(path)), str(path))


def read_tenant(text: str, file: str, known_models: Collection[ModelName] | None = None) -> Tenant:
    """Return the tenant written in YAML.

    Args:
        text: the content of the file.
        file: its name, for messages.
        known_models: names that the policy may use; None stands for those of the price book.

    Raises:
        PolicyRefused: with every problem of the file, in the order of its lines.
    """
    problems = Problems(file)
    root = parse(text, problems)
    known = load_prices().names() if known_models is None else known_models
    policy = policy_of(root, problems, known)
    brand = root.section("brand")
    redaction = root.section("redaction")
    web = root.section("web")
    tenant = Tenant(
        id=policy.tenant,
        policy=policy,
        brand=brand.text("name", policy.tenant.replace("-", " ").title()),
        locale=brand.read("locale", locale_of, "en"),
        greeting=brand.text("greeting", GREETING),
        operators=MappingProxyType(operators_of(redaction.section("operators"), problems)),
        sites=web.read("sites", lambda sites: sites_of(sites, problems), (LOCAL_SITE,)),
        pace=pace_of(root.section("pace"), problems),
        topics=root.read("topics", topics_of, frozenset(Topic)),
        webhooks=root.read("webhooks", lambda hooks: webhooks_of(hooks, problems), ()),
        desk=desk_of(root.section("desk"), problems),
        sms=sms_of(root.section("sms"), problems),
        voice=voice_of(root.section("voice"), problems),
    )
    for section in (brand, redaction, web, root):
        section.close()
    problems.refuse()
    return tenant


def locale_of(field: Field) -> str | None:
    """Return a language tag; None notes what is wrong with it."""
    written = field.text()
    if written is not None and not LOCALE.fullmatch(written):
        field.wrong("a language tag, such as en or pt-BR")
        return None
    return written


def operators_of(section: Section, problems: Problems) -> dict[Kind, Operator]:
    """Return what replaces each kind that is written."""
    kinds = {kind.value: kind for kind in Kind}
    operators: dict[Kind, Operator] = {}
    for name in section:
        kind = kinds.get(name)
        if kind is None:
            near = did_you_mean(name.upper(), list(kinds)) or f", expected {', '.join(kinds)}"
            problems.add(section.place_of(name), f"unknown kind {name!r}{near}")
            section.allow({name})
            continue
        operators[kind] = section.choice(name, Operator.PLACEHOLDER)
    return operators


def sites_of(sites: Field, problems: Problems) -> tuple[Site, ...] | None:
    """Return the websites of a list; None notes what is wrong with it."""
    fields = sites.fields()
    if fields is None:
        return None
    read = tuple(site for entry in fields if (site := site_of(entry)) is not None)
    if not fields:
        sites.wrong("at least one site with `key` and `origins`")
    keys = [site.key for site in read]
    for key in dict.fromkeys(keys):
        if keys.count(key) > 1:
            problems.add(sites.place, f"site {key!r} twice, expected each key once")
    return read


def site_of(entry: Field) -> Site | None:
    """Return one website; None notes that it is no mapping."""
    section = entry.section()
    if section is None:
        return None
    section.require("key", "the site's public key, pk_…")
    section.require("origins", "a list of origins, such as [https://www.example.com]")
    site = Site(
        section.read("key", site_key_of, LOCAL_SITE.key), section.read("origins", origins_of, ())
    )
    section.close()
    return site


def site_key_of(field: Field) -> str | None:
    """Return a public key; None notes what is wrong with it."""
    written = field.text()
    if written is not None and not SITE_KEY.fullmatch(written):
        field.wrong("a public key: pk_ and letters, digits, - or _")
        return None
    return written


def origins_of(field: Field) -> tuple[str, ...] | None:
    """Return origins; None notes that they are no list."""
    fields = field.fields()
    if fields is None:
        return None
    if not fields:
        field.wrong("at least one origin, such as https://www.example.com")
    return tuple(origin for entry in fields if (origin := origin_of(entry)) is not None)


def origin_of(field: Field) -> str | None:
    """Return an origin; None notes what is wrong with it."""
    written = field.text()
    if written is not None and not ORIGIN.fullmatch(written):
        field.wrong("an origin without a path, such as https://www.example.com")
        return None
    return written


def pace_of(section: Section, problems: Problems) -> Pace:
    """Return the pace."""
    usual = USUAL_PACE
    pace = Pace(
        quiet_s=section.seconds("quiet_s", usual.quiet_s, 60),
        longest_s=section.seconds("longest_s", usual.longest_s, 300),
        typing_longest_s=section.seconds("typing_longest_s", usual.typing_longest_s, 300),
        say_what_s=section.seconds("say_what_s", usual.say_what_s, 300),
        say_in_text_s=section.seconds("say_in_text_s", usual.say_in_text_s, 300),
        slack_quiet_s=section.seconds("slack_quiet_s", usual.slack_quiet_s, 60),
        sms_quiet_s=section.seconds("sms_quiet_s", usual.sms_quiet_s, 60),
        sms_longest_s=section.seconds("sms_longest_s", usual.sms_longest_s, 300),
    )
    section.close()
    if pace.longest_s < pace.quiet_s:
        message = f"longest_s {pace.longest_s:g}, expected at least quiet_s {pace.quiet_s:g}"
        problems.add(section.place, message)
    return pace


def topics_of(field: Field) -> frozenset[Topic] | None:
    """Return the topics of a list; None notes that it is none."""
    fields = field.fields()
    if fields is None:
        return None
    found = (entry.choice(Topic) for entry in fields)
    return frozenset(topic for topic in found if topic is not None)
