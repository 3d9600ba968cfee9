"""Time-based one-time codes (RFC 6238): HMAC-SHA-1, 30 s, six digits, as authenticators speak them."""

import base64
import hmac
import secrets
from urllib.parse import quote, urlencode

STEP, DIGITS, DRIFT = 30, 6, 1
"""Seconds of one code, its length, and how many steps a clock may be off either way."""
ISSUER = "绩效"


def fresh_secret() -> bytes:
    """A new secret: 160 random bits, as RFC 4226 recommends."""
    return secrets.token_bytes(20)


def code_of(secret: bytes, counter: int) -> str:
    """The code of one step (RFC 4226 5.3)."""
    digest = hmac.digest(secret, counter.to_bytes(8, "big"), "sha1")
    start = digest[-1] & 0x0F
    number = int.from_bytes(digest[start : start + 4], "big") & 0x7FFF_FFFF
    return f"{number % 10**DIGITS:0{DIGITS}}"


def counter_of(secret: bytes, code: str, now: float, used: int) -> int | None:
    """The step whose code this is, one step off at most and later than the last one `used`.

    None for a wrong code and for one that has been used (RFC 6238 5.2).
    """
    step = int(now) // STEP
    found = None
    for counter in range(step - DRIFT, step + DRIFT + 1):
        right = hmac.compare_digest(code_of(secret, counter).encode(), code.encode())
        if right and counter > used and found is None:
            found = counter
    return found


def uri_of(secret: bytes, login_name: str) -> str:
    """What an authenticator reads from the QR code."""
    shown = {"secret": shown_secret(secret), "issuer": ISSUER}
    return f"otpauth://totp/{quote(ISSUER)}:{quote(login_name)}?{urlencode(shown, quote_via=quote)}"


def shown_secret(secret: bytes) -> str:
    """The secret for typing in: base32."""
    return base64.b32encode(secret).decode()
