"""The keys of the API: `sk_live_…` and `sk_test_…`, of which only digests are kept.

They are in one file of the data folder that only its owner may read. The command `copilot keys`
writes it, a running server notices: each check looks whether the file has changed.
"""

import fcntl
import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path

from bot.api.errors import UnknownKey
from bot.errors import BotRefused, SettingsRefused
from routing.request import TenantId

KEYS_FILE = "keys.json"
LIVE, TEST = "sk_live_", "sk_test_"
LIVE_CALLS, TEST_CALLS = "api-live-", "api-test-"
SECRET_BYTES = 32
ID_CHARS = 8
NO_KEY = "expected a valid key: Authorization: Bearer sk_live_… or sk_test_…"


@dataclass(frozen=True, slots=True)
class Key:
    """What is kept of a key."""

    id: str
    """Names the key in lists and limits; it opens nothing."""
    tenant: TenantId
    digest: str
    """SHA-256 of the key, hex. A key has 256 bits of chance, so no slower hash is needed."""
    is_test: bool
    """Its calls are simulated and never billed."""
    made_at: str
    """Instant, UTC, ISO 8601."""
    note: str = ""
    is_revoked: bool = False


def calls_of(key: Key) -> str:
    """Return what the ids of conversations begin with that calls with such a key make."""
    return TEST_CALLS if key.is_test else LIVE_CALLS


class NoSuchKey(BotRefused):
    """There is no key with this id."""


def made_key(tenant: TenantId, is_test: bool, note: str, now: datetime) -> tuple[str, Key]:
    """Return a new key, which is not kept, and what is kept of it."""
    secret = (TEST if is_test else LIVE) + secrets.token_urlsafe(SECRET_BYTES)
    digest = digest_of(secret)
    at = now.isoformat(timespec="seconds")
    return secret, Key(digest[:ID_CHARS], tenant, digest, is_test, at, note)


def digest_of(secret: str) -> str:
    """Return the digest that a key is known by."""
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).hexdigest()


class KeyFile:
    """The keys of one data folder."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / KEYS_FILE
        self._keys: tuple[Key, ...] = ()
        self._seen: tuple[int, int, int] | None = None

    def all(self) -> tuple[Key, ...]:
        """Return every key, revoked ones too, oldest first; read anew when the file has changed.

        Raises:
            SettingsRefused: the file cannot be read, or is none of ours.
        """
        try:
            stat = self._path.stat()
            seen = (stat.st_ino, stat.st_mtime_ns, stat.st_size)
            if seen != self._seen:
                entries = json.loads(self._path.read_text("utf-8"))
                self._keys = tuple(Key(**entry) for entry in entries)
                self._seen = seen
        except FileNotFoundError:
            return ()
        except (OSError, ValueError, TypeError) as error:
            raise SettingsRefused(
                f"cannot read the keys in {str(self._path)!r} ({type(error).__name__}): "
                "restore the file, or remove it and make new keys"
            ) from None
        return self._keys

    def holder(self, authorization: str, tenant: TenantId) -> Key:
        """Return the key that an `Authorization` header holds.

        Every key of the file is compared, each in constant time.

        Raises:
            UnknownKey: there is none, it is not known, revoked, or another tenant's.
        """
        scheme, _, secret = authorization.partition(" ")
        given = digest_of(secret.strip())
        found: Key | None = None
        for key in self.all():
            if hmac.compare_digest(key.digest, given):
                found = key
        if scheme.lower() != "bearer" or found is None or found.is_revoked:
            raise UnknownKey(NO_KEY)
        if found.tenant != tenant:
            raise UnknownKey("this key belongs to another tenant")
        return found

    def add(self, key: Key) -> None:
        """Keep one more key.

        Raises:
            SettingsRefused: the data folder cannot be written.
        """
        with self._alone():
            self._write((*self.all(), key))

    def revoke(self, key_id: str) -> None:
        """Let a key open nothing any more; a second time changes nothing.

        Raises:
            NoSuchKey: there is none with this id.
            SettingsRefused: the data folder cannot be written.
        """
        with self._alone():
            keys = self.all()
            if all(key.id != key_id for key in keys):
                raise NoSuchKey(f"no key {key_id!r}: `copilot keys list` shows them")
            self._write(
                [replace(one, is_revoked=one.is_revoked or one.id == key_id) for one in keys]
            )

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Keep other processes from changing the file between reading and writing it."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with self._path.with_suffix(".lock").open("w") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                yield
        except OSError as error:
            raise SettingsRefused(
                f"cannot keep keys in {str(self._path.parent)!r}: {error.strerror}"
            ) from None

    def _write(self, keys: Sequence[Key]) -> None:
        """Replace the file in one step, so that nobody ever reads half of it."""
        new = self._path.with_suffix(".new")
        try:
            new.unlink(missing_ok=True)
            descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                json.dump([asdict(key) for key in keys], file, indent=1)
                file.flush()
                os.fsync(descriptor)
            new.replace(self._path)
        except OSError as error:
            raise SettingsRefused(
                f"cannot keep keys in {str(self._path.parent)!r}: {error.strerror}"
            ) from None
