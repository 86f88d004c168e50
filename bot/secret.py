"""The one secret of a deployment, and what is derived from it."""

import hashlib
import hmac
import os
import secrets

from bot.errors import SettingsRefused
from bot.settings import Settings

SECRET_FILE = "secret.key"


def kept_secret(settings: Settings) -> bytes:
    """Return the secret that everything is sealed and signed with, made at the first start.

    Raises:
        SettingsRefused: the data folder cannot be written.
    """
    if settings.secret:
        return settings.secret.encode()
    path = settings.data / SECRET_FILE
    try:
        settings.data.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not path.exists():
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w", encoding="ascii") as file:
                file.write(secrets.token_urlsafe(48))
        return path.read_bytes().strip()
    except OSError as error:
        raise SettingsRefused(
            f"cannot keep a secret in {str(settings.data)!r} ({error.strerror}): "
            "set COPILOT_DATA_DIR to a folder that can be written, or set COPILOT_SECRET_KEY"
        ) from None


def desk_token(secret: bytes) -> str:
    """Return the token of the terminal desk."""
    return _derived(secret, "desk").hex()


def session_key(secret: bytes) -> bytes:
    """Return what session tokens are signed with, 32 bytes."""
    return _derived(secret, "sessions")


def telephone_key(secret: bytes) -> bytes:
    """Return what makes conversation ids of telephone numbers, and signs callbacks."""
    return _derived(secret, "telephone")


def site_secret(secret: bytes, site_key: str) -> bytes:
    """Return what a site's own server proves its customers' identities with.

    It is text, 64 characters: the key is what `copilot doctor --site-secret` prints, as it stands.
    """
    return _derived(secret, f"site:{site_key}").hex().encode()


def _derived(secret: bytes, purpose: str) -> bytes:
    return hmac.digest(secret, f"copilot:{purpose}".encode(), hashlib.sha256)
