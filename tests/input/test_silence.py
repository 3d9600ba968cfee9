"""Logs and traces carry no bodies, tokens or names, not even when a bug throws them about (P6.5)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import structlog
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor

from jixiao.servicekit import inbox, rpc, telemetry
from jixiao.servicekit.transaction import Transactions

from . import city as cities
from .city import OWN_UNIT, City
from .target_form import DESCRIPTION

NAME, LOGIN, FORM = "标记人名甲", "mark-login-1", "标记项目乙"
OPINION = "标记意见丙"


@dataclass(slots=True)
class Told:
    """What the processes wrote: log lines and spans."""

    spans: Path
    lines: list[str] = field(default_factory=list)

    def everything(self) -> str:
        """All of it."""
        return "\n".join(self.lines) + self.spans.read_text(encoding="utf-8")


@pytest.fixture
def told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Told]:
    """Logs and spans as a service that serves writes them, both kept."""
    kept = Told(tmp_path / "spans.jsonl")
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(telemetry.FileSpans(kept.spans)))
    with monkeypatch.context() as patch:  # the process's own provider stays as it is
        patch.setattr(trace, "set_tracer_provider", lambda _: None)
        telemetry.start("targets")
    for module in (telemetry, rpc, inbox):
        monkeypatch.setattr(module, "_tracer", provider.get_tracer("jixiao"))
    yield kept
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()
    provider.shutdown()


def planted(monkeypatch: pytest.MonkeyPatch) -> None:
    """A bug that throws what was typed: an exception that nobody maps."""

    async def fail(_: Any, work: Any, told: Any, *__: Any, **___: Any) -> None:
        raise RuntimeError(f"{work.principal} {work.changes} {told}")

    monkeypatch.setattr(Transactions, "keep", fail)


async def acted(city: City, number: int, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Sign in, file, be refused, meet the bug; all that must be told of nowhere."""
    login = f"{LOGIN}-{number}"
    one = await city.person(login, OWN_UNIT, name=NAME)
    wrong = await one.call(
        "POST", "/v1/session:login", {"login_name": login, "password": "Falsch-2026-Marke"}
    )
    assert wrong.status_code == 401
    await one.act_as("UNIT")
    body = {"year": 2026, "description": DESCRIPTION | {"name": FORM}}
    made = await one.do("/v1/programmes", body)
    back = f"/v1/programmes/{made.json()['programme_id']}:setResponsibility"
    refused = await one.call("POST", back, {"opinion": OPINION}, made.headers["ETag"])
    assert refused.status_code in (403, 422)
    with monkeypatch.context() as patch:
        planted(patch)
        broken = await one.call("POST", "/v1/programmes", body)
    assert broken.status_code == 500
    assert FORM not in broken.text
    cookie = one.http.cookies.get("__Host-jx")
    assert cookie
    return [NAME, FORM, OPINION, cities.FIRST, cities.NEW, "Falsch-2026-Marke", cookie, one.csrf]


def found(told: Told, marks: list[str]) -> list[str]:
    """The marks that were told of, and whether a signed token was."""
    text = told.everything()
    seen = [
        mark for mark in marks if mark in text or mark.encode("unicode_escape").decode() in text
    ]
    return seen + re.findall(r"eyJ[\w-]{20,}\.[\w-]+", text)


async def test_p65_a_bug_and_all_that_came_before_it_tell_no_name_body_or_token(
    city: City, told: Told, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    marks = await acted(city, 1, monkeypatch)
    told.lines += capsys.readouterr().out.splitlines()
    bugs = [line for line in told.lines if '"exception": "RuntimeError"' in line]
    assert bugs  # it was met, and is told of by its class and place
    assert "transaction.py" in bugs[0] or "test_silence.py" in bugs[0]
    assert told.spans.read_text(encoding="utf-8").count("\n") > 20
    assert found(told, marks) == []


async def test_p65_control_a_log_with_texts_and_a_span_with_names_are_found(
    city: City, told: Told, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    as_it_comes = structlog.processors.format_exc_info
    known = structlog.get_config()["processors"]
    leaking = [as_it_comes if one is telemetry._with_frames else one for one in known]
    structlog.configure(processors=leaking)
    marks = await acted(city, 2, monkeypatch)
    told.lines += capsys.readouterr().out.splitlines()
    assert FORM in found(told, marks)
    told.lines.clear()
    assert found(told, marks) == []
    with telemetry.span("leaking", role=NAME):
        pass
    assert found(told, marks) == [NAME]
