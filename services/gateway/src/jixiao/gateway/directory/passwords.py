"""Passwords: argon2id, a few at once, and what a new one must be (P4.3)."""

import asyncio
import hashlib
import secrets
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from jixiao.servicekit.errors import Finding

FORMER = 5
"""A new password is none of the last five."""
_COMMON = (
    "password", "123456", "qwerty", "abc123", "111111", "admin", "iloveyou", "welcome", "letmein",
    "1qaz2wsx", "qazwsx", "asdfgh", "zxcvbn", "dragon", "monkey", "woaini", "5201314", "abcd",
    "zhangdian", "jixiao", "caizheng", "yusuan", "shandong", "zibo",
)  # fmt: skip
_gate = asyncio.Semaphore(4)


MEMORY = 64 * 1024
"""KiB of argon2id (P4.3); only a stack on loopback may ask for less."""


_hashers = [PasswordHasher(time_cost=3, memory_cost=MEMORY, parallelism=1)]


def _hasher() -> PasswordHasher:
    return _hashers[-1]


def spend(memory: int) -> None:
    """Take `memory` KiB a hash in this process; each hash kept says itself what it took."""
    _hashers.append(PasswordHasher(time_cost=3, memory_cost=memory, parallelism=1))
    _nobody(_hasher())  # made now, or the first unknown name would take twice as long


@cache
def _nobody(hasher: PasswordHasher) -> str:
    """Verified against when there is no account, so that the answer takes the same time."""
    return hasher.hash(secrets.token_urlsafe(24))


async def hash_of(password: str) -> str:
    """The argon2id hash; at most four are computed at once (64 MiB each)."""
    async with _gate:
        return await asyncio.to_thread(_hasher().hash, password)


async def matches(password: str, kept: str | None) -> bool:
    """Say whether the password is the one kept; None costs the same and is False."""
    async with _gate:
        return (
            await asyncio.to_thread(_matches, password, kept or _nobody(_hasher()))
            and kept is not None
        )


def _matches(password: str, kept: str) -> bool:
    try:
        return _hasher().verify(kept, password)
    except (VerificationError, InvalidHashError):
        return False


def findings(
    password: str, login_name: str, pointer: str, *, classes: bool = True
) -> list[Finding]:
    """Everything that is wrong with a new password; its value is never repeated."""
    found = []
    if not 12 <= len(password) <= 128:
        found.append(Finding(pointer, "password_length", "密码须为 12 至 128 位。"))
    if classes and _classes(password) < 3:
        found.append(
            Finding(pointer, "password_classes", "密码须含大写、小写、数字、符号中的至少三类。")
        )
    if not found and _guessable(password, login_name):
        found.append(
            Finding(pointer, "password_common", "密码过于常见或与登录名相近，请另设一个。")
        )
    return found


def _guessable(password: str, login_name: str) -> bool:
    """Whether little is left without known words, the own name, and runs like 1234 or aaaa.

    A known word is harmless in a long phrase: what is left without it must still be long.
    """
    left = _plain(password)
    for word in sorted({_plain(login_name), *_COMMON}, key=len, reverse=True):
        left = left.replace(word, "") if word else left
    steps = zip(" " + left, left, strict=False)
    return sum(abs(ord(after) - ord(before)) > 1 for before, after in steps) < 6


def _plain(text: str) -> str:
    return "".join(c for c in text.lower() if c.isalnum())


def _classes(password: str) -> int:
    tests = (str.isupper, str.islower, str.isdigit, lambda c: not c.isalnum())
    return sum(any(test(c) for c in password) for test in tests)


def first() -> str:
    """A password for one sign-in, which must change it: 120 random bits in all classes."""
    return f"Jx-{secret()[:20]}1a"


def secret() -> str:
    """A new token or client secret: 256 random bits."""
    return secrets.token_urlsafe(32)


def digest(token: str) -> bytes:
    """What is kept of a token; 256 random bits need no slow hash."""
    return hashlib.sha256(token.encode()).digest()
