"""Passwords: what is kept of them, and how they are compared."""

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from appliance.errors import ConfigError

SHORTEST = 10
LONGEST = 256

MEMORY_KIB = 12 * 1024
PASSES = 3
"""Argon2id for a process that has to stay small.

Source: https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html names
12 MiB with three passes as strong as 46 MiB with one.
"""

_HASHER = PasswordHasher(time_cost=PASSES, memory_cost=MEMORY_KIB, parallelism=1)


def hash_password(password: str) -> str:
    """Return what is kept of a password; it takes about 50 ms and 12 MiB."""
    return _HASHER.hash(password)


NOBODYS = _HASHER.hash("the password of nobody")
"""Compared with when there is no such account, so that the time does not tell."""


def is_password(kept: str, password: str) -> bool:
    """Tell whether a password is the one of which that was kept."""
    try:
        return _HASHER.verify(kept, password)
    except (VerificationError, InvalidHashError):
        return False


def require_good(password: str, *, name: str) -> None:
    """Refuse what is guessed first.

    Source: NIST SP 800-63B, 5.1.1.2: length, no rules about characters, not the user's name.

    Raises:
        ConfigError: It is too short, too long, or as good as none.
    """
    if not SHORTEST <= len(password) <= LONGEST:
        how = "short" if len(password) < SHORTEST else "long"
        msg = f"the password is too {how}: it has {len(password)} characters"
        limits = f"at least {SHORTEST} characters and at most {LONGEST}"
        raise ConfigError(msg, next_step=f"take {limits}; four words are fine")
    plain = password.casefold()
    if len(set(plain)) < SHORTEST // 2 or plain in name * LONGEST or "classbox" in plain:
        msg = "the password would be guessed first"
        raise ConfigError(msg, next_step="take four words that have nothing to do with each other")
