"""What the environment says; the only file that reads it."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bot.errors import SettingsRefused
from routing.execution.watchdog import Timeouts

DEMO = Path(__file__).parent / "demo"
SECRET_FILE = "secret.key"
DATABASE_FILE = "copilot.db"
CABINET_FILE = "cabinet.db"
FILES_FOLDER = "files"
LEAST_SECRET_CHARS = 32
PATIENT = Timeouts()
SLACK_URL = "https://slack.com"
SOCKET_CLIENTS = ("aiohttp", "websockets")
"""The usual one first."""
LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")


@dataclass(frozen=True, slots=True)
class Vendor:
    """How one provider is reached."""

    api_key: str = field(repr=False)
    base_url: str | None


@dataclass(frozen=True, slots=True)
class SlackSettings:
    """How Slack is reached, and how it reaches us."""

    bot_token: str = field(default="", repr=False)
    """`xoxb-…` of the one workspace; empty where workspaces install the app themselves."""
    signing_secret: str = field(default="", repr=False)
    """Events come by HTTP when it is set."""
    app_token: str = field(default="", repr=False)
    """`xapp-…`; events come over Socket Mode when it is set."""
    socket_client: str = SOCKET_CLIENTS[0]
    """Which of the SDK's clients holds the socket: one of `SOCKET_CLIENTS`."""
    client_id: str = ""
    """With the secret: workspaces install the app themselves, at `/channels/slack/install`."""
    client_secret: str = field(default="", repr=False)
    base_url: str = SLACK_URL
    handoff_channel: str = ""
    """`C…`, or `T…/C…` where there are several workspaces; empty: no desk in Slack."""
    operations_channel: str = ""


@dataclass(frozen=True, slots=True)
class TwilioSettings:
    """How Twilio is reached, and how it reaches us."""

    account_sid: str
    """`AC…`"""
    auth_token: str = field(repr=False)
    """Signs webhooks; calls, too, where there is no API key."""
    sender: str = ""
    """Our number, such as `+15550100`; or `service`."""
    service: str = ""
    """`MG…`: a messaging service chooses the sender."""
    api_key: str = ""
    api_secret: str = field(default="", repr=False)
    shared_keys: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Secrets by the id of a shared key, for webhooks signed with HMAC-SHA256."""
    base_url: str = ""
    """Empty: the vendor's."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that is set outside the policy file."""

    data: Path = Path(".copilot")
    policy: Path = DEMO / "policy.yaml"
    host: str = "127.0.0.1"
    port: int = 8080
    public_url: str = ""
    """How customers reach us; empty: as each request says."""
    secret: str = field(default="", repr=False)
    """At least 32 characters; empty: made at the first start and kept in the data folder."""
    anthropic: Vendor | None = None
    openai: Vendor | None = None
    slack: SlackSettings | None = None
    twilio: TwilioSettings | None = None
    is_sandbox: bool = False
    """Every paid model of the policy is simulated."""
    log_level: str = "INFO"
    api_per_s: float = 20.0
    """Calls a second that one key of the API may make, after six times as many at once."""
    timeouts: Timeouts = PATIENT
    """How long a model may be silent."""

    @property
    def database(self) -> Path:
        """The file with everything durable."""
        return self.data / DATABASE_FILE

    @property
    def files(self) -> Path:
        """The folder with what customers sent, sealed; made with the first file."""
        return self.data / FILES_FOLDER

    @property
    def is_demo(self) -> bool:
        """True with the shipped policy: its articles are then shelved at the first start."""
        return self.policy == DEMO / "policy.yaml"


def read_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Return what the environment says.

    Raises:
        SettingsRefused: a variable is set to something that cannot be.
    """
    env = os.environ if environment is None else environment
    usual = Settings()
    return Settings(
        data=Path(env.get("COPILOT_DATA_DIR") or usual.data),
        policy=Path(env.get("COPILOT_POLICY") or usual.policy),
        port=_port(env.get("PORT") or str(usual.port)),
        public_url=_url("COPILOT_PUBLIC_URL", env.get("COPILOT_PUBLIC_URL", "")),
        secret=_secret(env.get("COPILOT_SECRET_KEY", "")),
        anthropic=_vendor(env, "ANTHROPIC"),
        openai=_vendor(env, "OPENAI"),
        slack=_slack(env),
        twilio=_twilio(env),
        is_sandbox=env.get("COPILOT_SANDBOX", "") not in ("", "0"),
        api_per_s=_rate(env.get("COPILOT_API_PER_S") or str(usual.api_per_s)),
        log_level=_level(env.get("COPILOT_LOG_LEVEL") or usual.log_level),
    )


def read_key(variable: str) -> str:
    """Return the key in a variable that the policy names; empty when it is not set."""
    return os.environ.get(variable, "").strip()


def _vendor(env: Mapping[str, str], name: str) -> Vendor | None:
    key = env.get(f"{name}_API_KEY", "").strip()
    url = _url(f"{name}_BASE_URL", env.get(f"{name}_BASE_URL", ""))
    return Vendor(key, url or None) if key else None


SLACK = ("BOT_TOKEN", "SIGNING_SECRET", "APP_TOKEN", "CLIENT_ID", "CLIENT_SECRET")
CHANNEL = re.compile(r"([TE][A-Z0-9]+/)?[CG][A-Z0-9]+")


def _slack(env: Mapping[str, str]) -> SlackSettings | None:
    """Return how Slack is reached; None when nothing of it is set."""
    keys = [env.get(f"SLACK_{name}", "").strip() for name in SLACK]
    if not any(keys):
        return None
    bot_token, signing_secret, app_token, client_id, client_secret = keys
    slack = SlackSettings(
        bot_token=bot_token,
        signing_secret=signing_secret,
        app_token=app_token,
        client_id=client_id,
        client_secret=client_secret,
        base_url=_url("COPILOT_SLACK_BASE_URL", env.get("COPILOT_SLACK_BASE_URL", "") or SLACK_URL),
        handoff_channel=_channel(env, "COPILOT_HANDOFF_CHANNEL"),
        operations_channel=_channel(env, "COPILOT_OPS_CHANNEL"),
        socket_client=_socket_client(env),
    )
    for name, token, start in (
        ("SLACK_BOT_TOKEN", slack.bot_token, "xoxb-"),
        ("SLACK_APP_TOKEN", slack.app_token, "xapp-"),
    ):
        if token and not token.startswith(start):
            raise SettingsRefused(f"{name} does not begin with {start}: it is another token")
    if bool(slack.client_id) != bool(slack.client_secret):
        raise SettingsRefused("set both SLACK_CLIENT_ID and SLACK_CLIENT_SECRET, or neither")
    if slack.client_id and not env.get("COPILOT_PUBLIC_URL"):
        raise SettingsRefused(
            "set COPILOT_PUBLIC_URL with SLACK_CLIENT_ID: Slack sends whoever installs back there"
        )
    if not slack.bot_token and not slack.client_id:
        raise SettingsRefused("set SLACK_BOT_TOKEN, or SLACK_CLIENT_ID for workspaces to install")
    if not slack.signing_secret and not slack.app_token:
        raise SettingsRefused(
            "set SLACK_SIGNING_SECRET (events by HTTP) or SLACK_APP_TOKEN (Socket Mode): "
            "without one nothing that happens in Slack is heard"
        )
    return slack


def _socket_client(env: Mapping[str, str]) -> str:
    written = env.get("COPILOT_SLACK_SOCKET_CLIENT", "").strip() or SOCKET_CLIENTS[0]
    if written not in SOCKET_CLIENTS:
        raise SettingsRefused(
            f"COPILOT_SLACK_SOCKET_CLIENT is {written!r}, expected {' or '.join(SOCKET_CLIENTS)}"
        )
    return written


ACCOUNT, SERVICE = re.compile(r"AC[0-9a-f]{32}"), re.compile(r"MG[0-9a-f]{32}")
NUMBER = re.compile(r"\+[1-9][0-9]{6,14}|[0-9]{3,8}|(whatsapp|rcs|messenger):\S{3,64}")


def _twilio(env: Mapping[str, str]) -> TwilioSettings | None:
    """Return how Twilio is reached; None when nothing of it is set."""
    names = ("ACCOUNT_SID", "AUTH_TOKEN", "FROM", "MESSAGING_SERVICE_SID", "API_KEY", "API_SECRET")
    written = [env.get(f"TWILIO_{name}", "").strip() for name in names]
    if not any(written):
        return None
    account, token, sender, service, api_key, api_secret = written
    for name, value, expected in (
        ("TWILIO_ACCOUNT_SID", ACCOUNT.fullmatch(account), "AC and 32 hexadecimal digits"),
        ("TWILIO_AUTH_TOKEN", token, "the token of the account: it signs what Twilio sends"),
        ("TWILIO_FROM", not sender or NUMBER.fullmatch(sender), "a number such as +15550100"),
        ("TWILIO_MESSAGING_SERVICE_SID", not service or SERVICE.fullmatch(service), "MG and so on"),
        ("COPILOT_PUBLIC_URL", env.get("COPILOT_PUBLIC_URL"), "the address that Twilio calls"),
    ):
        if not value:
            raise SettingsRefused(f"{name} is not as it should be, expected {expected}")
    if bool(sender) == bool(service):
        raise SettingsRefused("set TWILIO_FROM or TWILIO_MESSAGING_SERVICE_SID, one of them")
    if bool(api_key) != bool(api_secret):
        raise SettingsRefused("set both TWILIO_API_KEY and TWILIO_API_SECRET, or neither")
    base_url = _url("COPILOT_TWILIO_BASE_URL", env.get("COPILOT_TWILIO_BASE_URL", ""))
    keys = _pairs("COPILOT_TWILIO_SHARED_KEYS", env.get("COPILOT_TWILIO_SHARED_KEYS", ""))
    return TwilioSettings(account, token, sender, service, api_key, api_secret, keys, base_url)


def _pairs(name: str, text: str) -> Mapping[str, str]:
    """Return `id=secret` pairs, parted by commas."""
    pairs = [pair.strip().partition("=") for pair in text.split(",") if pair.strip()]
    if not all(key and value for key, _, value in pairs):
        raise SettingsRefused(f"{name}: expected id=secret, several parted by commas")
    return {key.strip(): value.strip() for key, _, value in pairs}


def _channel(env: Mapping[str, str], name: str) -> str:
    written = env.get(name, "").strip()
    if written and not CHANNEL.fullmatch(written):
        raise SettingsRefused(
            f"{name} is {written!r}, expected the id of a channel, such as C0123ABCD or T01/C0123"
        )
    return written


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or int(text) > 65_535:
        raise SettingsRefused(f"PORT is {text!r}, expected a number from 0 to 65535")
    return int(text)


def _rate(text: str) -> float:
    whole, _, fraction = text.strip().partition(".")
    is_number = whole.isascii() and whole.isdigit() and (not fraction or fraction.isdigit())
    if not is_number or float(text) == 0:
        raise SettingsRefused(f"COPILOT_API_PER_S is {text!r}, expected a number above 0")
    return float(text)


def _level(text: str) -> str:
    if text.upper() not in LEVELS:
        raise SettingsRefused(f"COPILOT_LOG_LEVEL is {text!r}, expected one of {', '.join(LEVELS)}")
    return text.upper()


def _url(name: str, text: str) -> str:
    if text and not text.startswith(("http://", "https://")):
        raise SettingsRefused(f"{name} is {text!r}, expected an address like https://example.com")
    return text.rstrip("/")


def _secret(text: str) -> str:
    if text and len(text) < LEAST_SECRET_CHARS:
        raise SettingsRefused(
            f"COPILOT_SECRET_KEY has {len(text)} characters, expected at least "
            f"{LEAST_SECRET_CHARS}: `openssl rand -base64 48` makes one"
        )
    return text
