"""Who is calling: the principal, its token (P4.6), and the record check of the second wall (A-5)."""

import json
import time
from collections import OrderedDict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from math import inf
from pathlib import Path
from typing import Any
from uuid import UUID

import jwt
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from .errors import NotFound
from .values import Coordinates

ROLE_KINDS = {
    "district_finance": "s_district",
    "audit": "s_district",
    "department": "s_line",
    "unit": "s_unit",
    "township_finance": "s_town",
    "township_department": "s_townline",
    "third_party": "s_commission",
    "working_group": "s_commission",
    "responsible_person": "s_commission",
    "congress": "s_congress",
    "treasury": "s_district",
    "budget_system": "s_district",
    "system_admin": "s_none",
    "security_admin": "s_none",
    "audit_admin": "s_none",
    "anyone": "s_none",
    "system": "s_system",
}
CLIENTS = frozenset({"treasury", "budget_system"})
"""Roles that client systems hold, and nobody else (P3.5)."""
TOKEN_TYPE = "jx-principal+jwt"  # noqa: S105 - a media type
LEEWAY = 5
REFETCH = 10
SERVICE_KID = "svc:"
"""Before a service's name: the key id of its own proofs (P4.7)."""
TOKEN_LIFE = 60
"""Seconds that a principal token or a service's proof lives at most."""
STEP_UP = 600
"""Seconds for which a person who proved himself anew may do what asks for it (SU of P3.5)."""


@dataclass(frozen=True, slots=True)
class Principal:
    """The one grant under which a request acts (P3.1)."""

    person: str
    """Id of the person, client or `system:<consumer>`."""
    role: str
    grant: str = ""
    territory: str = ""
    line: str = ""
    unit: str = ""
    cleared: bool = False
    keys: tuple[str, ...] = ()
    """Record ids of a commission."""
    session: str = ""
    action: str = ""
    """Full name of the method that the token was minted for."""
    obo: str = ""
    """Id of the person for whom a deputy acts (P3.1); empty when acting for oneself."""
    tied: tuple[str, ...] = ()
    """Ids of all who have lent this person their post, or hold his: none is "another" (P3.2)."""
    offices: tuple[Coordinates, ...] = ()
    """Where the person serves under any of his grants: he evaluates none of them (R-51)."""
    actions: tuple[str, ...] = ()
    """What a deputy may do of the post lent to him; of no meaning without `obo`."""
    stepped_up_at: int = 0
    """Unix seconds at which this session last proved its person anew (SU); 0: never."""

    @property
    def kind(self) -> str:
        """The scope kind: a PostgreSQL role of P3.7."""
        return ROLE_KINDS[self.role]

    @property
    def client(self) -> str:
        """Id of the client system acting; empty for people."""
        return self.person if self.role in CLIENTS else ""

    @property
    def coordinates(self) -> Coordinates:
        """The grant's own coordinates."""
        return Coordinates(self.territory, self.line, self.unit)

    def may_call(self, action: str, roles: Collection[str]) -> bool:
        """Say whether an operation of this action and these roles is open to it (walls 1 and 2).

        A deputy has of the role what was lent, and what everyone may do for himself.
        """
        if "signed_in" in roles or "anyone" in roles:
            return True
        return self.role in roles and (not self.obo or action in self.actions)

    def stepped_up(self, now: float) -> bool:
        """Say whether this session proved its person anew within the last ten minutes (SU)."""
        return now - self.stepped_up_at <= STEP_UP

    def covers(
        self, at: Coordinates, *, record: UUID | None = None, classified: bool = False
    ) -> bool:
        """Say whether a record lies in this grant's scope (the second wall).

        Territory codes nest; line and unit are equal or not. A commission covers its record ids
        alone. A classified record needs a cleared grant as well.
        """
        if self.role == "system":
            return True
        if classified and not self.cleared:
            return False
        match self.kind:
            case "s_district":
                return at.territory.startswith(self.territory)
            case "s_line":
                return at.territory.startswith(self.territory[:6]) and at.line == self.line
            case "s_unit":
                return at.unit == self.unit
            case "s_town":
                return at.territory == self.territory
            case "s_townline":
                return at.territory == self.territory and at.line == self.line
            case "s_commission":
                return record is not None and str(record) in self.keys
            case _:
                return False

    def sees(self, row: Mapping[str, Any]) -> bool:
        """Say whether a row with coordinates lies in scope: the second wall of what is listed."""
        return self.covers(
            Coordinates(row["territory"], row["line"], row["unit"]),
            record=row["programme_id"] or row["id"],
            classified=row["classified"],
        )

    def permit(
        self, at: Coordinates, *, record: UUID | None = None, classified: bool = False
    ) -> None:
        """Raise NotFound unless covered: out of scope is as if absent (P3.3)."""
        if not self.covers(at, record=record, classified=classified):
            raise NotFound


def system(consumer: str) -> Principal:
    """The actor of a consumer or scheduler: `system:<consumer>` (P4.7)."""
    return Principal(person=f"system:{consumer}", role="system")


@dataclass(slots=True)
class TokenReader:
    """Verifies principal tokens; remembers a verified one, by its bytes, until it ends (P4.6)."""

    path: Path
    audience: str
    _keys: dict[str, tuple[Any, float]] = field(default_factory=dict)
    """By kid: the public key, and until when it holds (unix seconds)."""
    _read_at: float = 0.0
    _stamp: int = 0
    _seen: "OrderedDict[str, tuple[float, Principal]]" = field(default_factory=OrderedDict)

    def read(self, token: str) -> Principal:
        """Verify and read. Raises `jwt.InvalidTokenError`."""
        now = time.time()
        if (seen := self._seen.get(token)) and seen[0] > now:
            return seen[1]
        header = jwt.get_unverified_header(token)
        if header.get("typ") != TOKEN_TYPE:
            raise jwt.InvalidTokenError("typ")
        kid = str(header.get("kid"))
        service = kid.startswith(SERVICE_KID)
        claims = jwt.decode(
            token,
            self._key(kid),
            algorithms=["EdDSA"],
            audience=self.audience,
            issuer=kid if service else "jixiao-gateway",
            leeway=LEEWAY,
            options={"require": ["exp", "iat", "aud", "iss", "sub"]},
        )
        if claims["exp"] - claims["iat"] > TOKEN_LIFE:
            raise jwt.InvalidTokenError("exp")
        if service:  # it proves itself (P4.7), and can say nothing else about itself
            action = str(claims.get("action", ""))
            principal = replace(system(kid.removeprefix(SERVICE_KID)), action=action)
        else:
            principal = _caller(claims)
        self._seen[token] = (float(claims["exp"]), principal)
        while len(self._seen) > 5_000:
            self._seen.popitem(last=False)
        return principal

    def _key(self, kid: str) -> Any:
        """The public key named. Raises `jwt.InvalidTokenError` for none, or one no longer in use.

        An unknown kid rereads the file if it has changed, else at most once in 10 s.
        """
        now = time.time()
        stamp = 0 if kid in self._keys else self.path.stat().st_mtime_ns
        if stamp and (stamp != self._stamp or now - self._read_at > REFETCH):
            self._read_at, self._stamp = now, stamp
            document = json.loads(self.path.read_text(encoding="ascii"))
            until = document.get("until", {})
            services = {SERVICE_KID + k: pem for k, pem in document.get("services", {}).items()}
            self._keys = {
                k: (load_pem_public_key(pem.encode()), until.get(k, inf))
                for k, pem in (document["public"] | services).items()
            }
        key, ends = self._keys.get(kid, (None, 0))
        if ends <= now:
            raise jwt.InvalidTokenError("kid")
        return key


def _caller(claims: dict[str, Any]) -> Principal:
    """The caller whom the gateway names; it names no service."""
    if claims["role"] == "system":
        raise jwt.InvalidTokenError("role")
    return Principal(
        person=claims["sub"],
        role=claims["role"],
        grant=claims.get("gid", ""),
        territory=claims.get("territory", ""),
        line=claims.get("line", ""),
        unit=claims.get("unit", ""),
        cleared=claims.get("cleared", False),
        keys=tuple(claims.get("keys", ())),
        session=claims.get("sid", ""),
        action=claims["action"],
        obo=claims.get("obo", ""),
        tied=tuple(claims.get("tied", ())),
        actions=tuple(claims.get("acts", ())),
        offices=tuple(Coordinates(*one) for one in claims.get("offs", ())),
        stepped_up_at=int(claims.get("sua", 0)),
    )
