"""The gateway's process: its own operations, the HTTP door and the gRPC door in one loop (A-2)."""

import asyncio
import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, Self

import structlog
from pydantic import model_validator

from jixiao.servicekit.errors import Overloaded, Unavailable
from jixiao.servicekit.process import Running, Service, start, until_stopped
from jixiao.servicekit.settings import Settings
from jixiao.servicekit.transaction import Transactions

from .app import Wiring, create
from .calling import Peers
from .connections import http_server
from .denials import HttpDenials, NotedGrpcDoor
from .directory import contract, passwords
from .directory.access_log import AccessLog
from .directory.factors import Sealing
from .directory.oidc import OidcSettings, Provider
from .directory.proofs import AUDIENCE
from .directory.sign_in_rules import SignInRules
from .directory.signing_in import DOOR, SigningIn
from .door import DoorKeys, open_door
from .files import FileStore
from .limits import Limiter, Rates
from .login import Callers
from .oidc_door import OidcDoor
from .overview import CONTRACT, Overviews
from .routes import Routes, contract_services
from .scanning import Scanner
from .tokens import Minter

log = structlog.get_logger()


class GatewaySettings(Settings):
    """`JIXIAO_LISTEN` is the gRPC door for other systems, `JIXIAO_HTTP` the HTTP door."""

    http: str = "127.0.0.1:8080"
    inner: str = "127.0.0.1:0"
    """host:port at which the other services read the gateway's own events (P4.7)."""
    password_memory: int = passwords.MEMORY
    """KiB of argon2id a hash; less is refused but on plain http of this machine alone."""
    audience: str = AUDIENCE
    """What a client's signed assertion must name as its audience (P4.5)."""
    virus_scan: str = ""
    """`unix:/path` or `tcp:host:port` of a clamd, or a command; empty: files are not scanned."""
    door_cert: Path | None = None
    """PEM of the gRPC door's certificate with its chain; unset: no TLS of its own."""
    door_key: Path | None = None
    """PEM of its private key."""
    door_client_ca: Path | None = None
    """PEM of the authority of clients' certificates; set: each connection must show one (mTLS)."""
    second_factor: Literal["on", "off"] = "on"
    """Off is refused but on plain http of this machine alone (P4.3)."""
    factor_keys: Path | None = None
    """Fernet keys, one a line, that seal the second factors' secrets; the first one seals."""
    password_classes: bool = True
    """New passwords have three of four classes of characters (GB/T 22239)."""
    password_days: int = 90
    """Days after which a password must be changed; 0: never."""
    proxies: str = ""
    """Addresses of reverse proxies, `a,b`, whose `X-Forwarded-For` tells the caller's address."""

    oidc_issuer: str = ""
    """Issuer of the OpenID provider that signs people in; empty: passwords alone (P4.4)."""
    oidc_client_id: str = ""
    """What the provider calls this installation."""
    oidc_secret: Path | None = None
    """File with the secret that the provider knows this installation by."""
    oidc_redirect: str = ""
    """This installation's `…/v1/oidc/callback`, letter by letter as registered at the provider."""
    oidc_two_factors: str = "mfa"
    """Values, `a,b`, of `amr` or `acr` by which the provider says that two factors were shown."""
    oidc_ca: Path | None = None
    """PEM of the authority of the provider's certificate, where it is none of the usual ones."""

    @model_validator(mode="after")
    def _strong(self) -> Self:
        if self.secure and self.password_memory < passwords.MEMORY:
            raise ValueError("JIXIAO_PASSWORD_MEMORY must not be less than 64 MiB")
        if (self.door_cert is None) != (self.door_key is None):
            raise ValueError("JIXIAO_DOOR_CERT and JIXIAO_DOOR_KEY go together")
        if self.door_client_ca and not self.door_cert:
            raise ValueError("JIXIAO_DOOR_CLIENT_CA needs JIXIAO_DOOR_CERT")
        if self.secure and self.second_factor == "off":
            raise ValueError("JIXIAO_SECOND_FACTOR=off is for plain http on localhost alone")
        return self

    def sign_in_rules(self) -> SignInRules:
        """What is asked of people who sign in. Raises ValueError without keys for their factors."""
        sealing = Sealing.fresh()
        if self.second_factor == "off":
            log.warning("second_factor_off", http=self.http)
        elif self.factor_keys is None:
            raise ValueError("JIXIAO_FACTOR_KEYS must name the file of the second factors' keys")
        else:
            sealing = Sealing.of_file(self.factor_keys)
        return SignInRules(
            second_factor=self.second_factor == "on", classes=self.password_classes,
            days=self.password_days, sealing=sealing,
        )  # fmt: skip

    @property
    def door_keys(self) -> DoorKeys | None:
        """The door's TLS; None without."""
        if self.door_cert is None or self.door_key is None:
            return None
        return DoorKeys(self.door_cert, self.door_key, self.door_client_ca)

    @property
    def openid(self) -> OidcSettings | None:
        """The provider that signs people in; None without. Raises ValueError for half of one."""
        if not self.oidc_issuer:
            return None
        if self.oidc_secret is None or not self.oidc_client_id:
            raise ValueError(
                "JIXIAO_OIDC_ISSUER needs JIXIAO_OIDC_CLIENT_ID and JIXIAO_OIDC_SECRET"
            )
        return OidcSettings(
            self.oidc_issuer, self.oidc_client_id,
            self.oidc_secret.read_text(encoding="utf-8").strip(), self.oidc_redirect,
            frozenset(self.oidc_two_factors.split(",")), self.oidc_ca,
        )  # fmt: skip

    @property
    def secure(self) -> bool:
        """Secure cookies and HSTS everywhere but on plain http of this machine alone."""
        return not self.http.startswith(("127.0.0.1:", "localhost:"))


@dataclass(slots=True)
class Parts:
    """What the own operations and the doors share."""

    callers: Callers
    log: AccessLog
    minter: Minter
    oidc: OidcDoor | None = None


async def serve(service: Service, settings: GatewaySettings) -> None:
    """Serve until SIGTERM, then finish what runs and close."""
    passwords.spend(settings.password_memory)
    rules = settings.sign_in_rules()
    openid = settings.openid
    provider = Provider(openid) if openid else None
    parts: list[Parts] = []
    others = {k: v for k, v in settings.peer_addresses.items() if k != service.package}
    behind, routes = Peers(others), Routes(contract_services())

    def answer(transactions: Transactions) -> Sequence[Any]:
        minter = Minter(settings.principal_keys)
        shared = Parts(Callers(transactions), AccessLog(transactions), minter)
        parts.append(shared)
        own = contract.servicers(
            transactions,
            shared.callers,
            shared.log,
            audience=settings.audience,
            rules=rules,
        )
        return [*own, Overviews(behind, minter, routes.by_method, service.trail(settings))]

    inner = settings.model_copy(update={"listen": settings.inner})
    whole = replace(service, servicers=answer, contracts=[*service.contracts, *CONTRACT])
    running = await start(whole, inner)
    notes = asyncio.create_task(parts[0].log.run())
    try:
        peers = Peers({**others, service.package: f"127.0.0.1:{running.port}"})
        if provider:
            begin = SigningIn(running.transactions, rules).begin
            parts[0].oidc = OidcDoor(
                running.transactions, provider, begin, parts[0].log,
                two_factors=rules.second_factor, secure=settings.secure,
            )  # fmt: skip
        await _doors(running, parts[0], peers, routes, settings)
        await peers.close()
    finally:
        notes.cancel()
        await parts[0].log.close()
        await running.stop()
        await behind.close()
        if provider:
            await provider.close()


async def _doors(
    running: Running, parts: Parts, peers: Peers, routes: Routes, settings: GatewaySettings
) -> None:
    limiter = Limiter(Rates() if settings.secure else Rates.generous())
    caller_of, minter = parts.callers.caller_of, parts.minter
    files = FileStore(settings.files, running.transactions.database, Scanner(settings.virus_scan))

    async def ready() -> bool:
        """Whether the database answers (P8.5)."""
        with contextlib.suppress(TimeoutError, Unavailable, Overloaded):
            async with asyncio.timeout(2), running.transactions.database.snapshot(DOOR):
                return True
        return False

    wiring = Wiring(
        routes, peers, minter, caller_of, limiter, secure=settings.secure, files=files, ready=ready,
        note=parts.log.note, oidc=parts.oidc,
    )  # fmt: skip
    app = HttpDenials(create(wiring), routes, caller_of, wiring.cookie, parts.log.note)
    door = NotedGrpcDoor(routes, peers, minter, caller_of, limiter, note=parts.log.note)
    other_systems, _ = await open_door(settings.listen, door, settings.door_keys)
    host, _, port = settings.http.rpartition(":")
    server = http_server(app, host, int(port), proxies=settings.proxies)
    http = asyncio.create_task(server.serve())
    try:
        await until_stopped()
    finally:
        server.should_exit = True
        await http
        await other_systems.stop(grace=20)
