"""How schemathesis signs in: as somebody whose post the contract names for the operation.

Loaded by `st run` in its own process (SCHEMATHESIS_HOOKS); the people of the walked year come as JSON
by the file that JIXIAO_WORLD names. Each case takes one of the operation's roles by its id, so that in
one run every role of the contract calls what it may.
"""

import json
import os
from pathlib import Path
from typing import Any
from uuid import uuid4

import requests
import schemathesis
from requests.adapters import HTTPAdapter

WORLD: dict[str, Any] = json.loads(Path(os.environ["JIXIAO_WORLD"]).read_text(encoding="utf-8"))
URL: str = WORLD["url"]
PEOPLE: dict[str, dict[str, str]] = WORLD["people"]
"""Login and password by role; `visitor` ends own sessions, `forgetful` names wrong passwords."""


def role_of(case: Any) -> str:
    """The role under which a case is sent; the same each time it is asked."""
    if case.operation.path in ("/v1/session:changePassword", "/v1/session:stepUp"):
        return "forgetful"
    if case.operation.path.startswith("/v1/session"):
        return "visitor"
    named = case.operation.definition.raw["x-jixiao-access"]["roles"]
    roles = [role for one in named if (role := one.removeprefix("ROLE_").lower()) in PEOPLE]
    return str(roles[hash(case.id) % len(roles)]) if roles else "visitor"


class Elsewhere(HTTPAdapter):
    """Another address than the one whose wrong passwords are counted: signing in must go on."""

    def init_poolmanager(self, *given: Any, **more: Any) -> None:
        """All connections from 127.0.0.2."""
        super().init_poolmanager(*given, source_address=("127.0.0.2", 0), **more)


@schemathesis.auth(cache_by_key=lambda case, _: role_of(case))
class Session:
    """A session per role; begun anew when an operation has ended it."""

    def get(self, case: Any, _: Any) -> dict[str, str]:
        """Sign in and choose the grant of the role."""
        role = role_of(case)
        if role not in PEOPLE:  # the control's little server asks nobody
            return {}
        with requests.Session() as browser:
            browser.mount("http://", Elsewhere())
            browser.headers["Origin"] = URL
            names = {"login_name": PEOPLE[role]["login"], "password": PEOPLE[role]["password"]}
            answer = browser.post(f"{URL}/v1/session:login", json=names)
            if answer.status_code != 200:
                raise RuntimeError(f"{role} cannot sign in: {answer.text}")
            begun = answer.json()
            session, csrf = begun["session"], begun["csrf_token"]
            grants = [g for g in session["grants"] if g["role"] == f"ROLE_{role.upper()}"]
            if grants and session["grant_id"] != grants[-1]["grant_id"]:
                chosen = browser.post(
                    f"{URL}/v1/session:chooseGrant",
                    json={"grant_id": grants[-1]["grant_id"]},
                    headers={"X-CSRF-Token": csrf, "Idempotency-Key": str(uuid4())},
                )
                csrf = chosen.json()["csrf_token"]
            ((name, value),) = browser.cookies.items()
        return {"name": name, "value": str(value), "csrf": csrf}

    def set(self, case: Any, data: dict[str, str], _: Any) -> None:
        """Cookie, CSRF token and origin, as a browser sends them; a version in its quotes."""
        if not data:
            return
        case.cookies = {**(case.cookies or {}), data["name"]: data["value"]}
        case.headers = {**(case.headers or {}), "X-CSRF-Token": data["csrf"], "Origin": URL}
        if str(version := case.headers.get("If-Match", "")).isdigit():
            case.headers["If-Match"] = f'"{version}"'  # generation takes the quotes for JSON's
