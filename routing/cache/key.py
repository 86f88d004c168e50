"""What a stored answer belongs to: nothing is ever shared across any part of it; pure."""

import hashlib
import json
import unicodedata
from dataclasses import astuple, dataclass

from routing.request import Request, Role, TenantId

CHANNEL_CLASSES = {"web": "rich", "slack": "rich", "sms": "plain", "voice": "voice"}
"""How much a channel can show; one that is not named here is a class of its own."""
LONGEST_CODE = 4
"""Letters up to which a word in capitals keeps them: US is not us, ATM not atm."""
ENDS = " .!?\u2026\u00a1\u00bf"


@dataclass(frozen=True, slots=True)
class Versions:
    """What answers were made under, besides the request itself."""

    policy: str
    """Digest of the policy, with whatever the caller has overridden in it."""
    knowledge: str
    """Changes with every change of the knowledge base."""
    redaction: str
    """Changes with what counts as personal data, and how it is replaced."""


@dataclass(frozen=True, slots=True)
class Partition:
    """The hard part of the key."""

    tenant: TenantId
    locale: str
    channel: str
    """Its class."""
    prompt: str
    """Hash of the system text and of how long an answer may be."""
    versions: Versions

    @property
    def digest(self) -> str:
        """Return a hash of all of it."""
        return digest_of(*astuple(self)[:-1], *astuple(self.versions))


def partition_of(request: Request, versions: Versions) -> Partition:
    """Return what the answer to a request may be shared within."""
    return Partition(
        tenant=request.tenant,
        locale=request.locale.casefold(),
        channel=CHANNEL_CLASSES.get(request.channel, f"={request.channel}"),
        prompt=digest_of(request.system, str(request.max_output_tokens)),
        versions=versions,
    )


def question_of(request: Request) -> str:
    """Return all that a customer has said; empty once somebody has answered, or a tool was used.

    Several messages in a row are one question.
    """
    for message in request.messages:
        if message.role is not Role.CUSTOMER or message.calls or message.results:
            return ""
    return "\n".join(message.text for message in request.messages).strip()


def key_of(partition: Partition, question: str) -> str:
    """Return the exact key: the partition, and the question but for case, blanks and its end."""
    return digest_of(partition.digest, normalised(question))


def normalised(question: str) -> str:
    r"""Return a question without what never matters; short words in capitals stay in capitals.

    >>> normalised("  Can I pay\n in the US ?"), normalised("CAN I PAY IN THE US")
    ('can i pay in the US', 'can i pay in the us')
    """
    words = unicodedata.normalize("NFKC", question).strip(ENDS).split()
    is_shouted = all(word == word.upper() for word in words)
    return " ".join(
        word if _is_code(word) and not is_shouted else word.casefold() for word in words
    ).rstrip(ENDS)


def digest_of(*parts: str) -> str:
    """Return a hash that no other division into parts has."""
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def _is_code(word: str) -> bool:
    return 1 < len(word) <= LONGEST_CODE and word.isalpha() and word.isupper()
