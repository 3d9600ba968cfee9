"""The whole OpenAPI document against the running system: no 5xx, no answer beside its schema (P5.7).

`st run` (schemathesis) signs in as people of the walked year (`at_the_door.py`), so that it meets
answers and not refusals alone. It changes the year's records: this file comes after every other test
that looks at them.
"""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import httpx
import pytest

from demo.callers import Caller
from demo.rehearsal import Walked

HERE = Path(__file__).resolve().parent
ST = Path(sys.executable).parent / "st"
EXAMPLES = int(os.environ.get("SCHEMA_EXAMPLES", "6"))
PEOPLE = {
    "district_finance": "财政局·甲", "department": "教体局·子", "unit": "资助中心·一",
    "township_finance": "财政所·甲@370303101", "township_department": "卫健办·子@370303101",
    "audit": "审计局·甲", "congress": "人大·甲", "third_party": "专家·四", "working_group": "专家·一",
    "system_admin": "系统管理员·一", "security_admin": "安全管理员·一", "audit_admin": "审计管理员·一",
    "signed_in": "财政局·乙", "visitor": "水利中心·一", "forgetful": "教体局·丑",
}  # fmt: skip


def run(
    folder: Path, document: dict[str, Any], world: dict[str, Any]
) -> "subprocess.CompletedProcess[str]":
    """`st run` over a document; its report is the output."""
    folder.mkdir(exist_ok=True)
    for name, content in (("openapi.json", document), ("world.json", world)):
        (folder / name).write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    return subprocess.run(  # noqa: S603
        [str(ST), "--config-file", str(HERE / "schemathesis.toml"), "run", "openapi.json",
         "--url", world["url"], "--checks", "all", "--phases", "examples,fuzzing",
         "--max-examples", str(EXAMPLES), "--continue-on-failure", "--no-color"],
        cwd=folder, capture_output=True, text=True, check=False,
        env={**os.environ, "JIXIAO_WORLD": str(folder / "world.json"),
             "SCHEMATHESIS_HOOKS": "at_the_door", "PYTHONPATH": str(HERE)},
    )  # fmt: skip


def with_ids(document: dict[str, Any], known: dict[str, list[str]]) -> dict[str, Any]:
    """The document with ids of standing records as examples of its path variables."""
    for path in document["paths"].values():
        for operation in path.values():
            for variable in operation["parameters"]:
                if variable["in"] == "path" and (ids := known.get(variable["name"])):
                    variable["examples"] = {one: {"value": one} for one in ids[:2]}
    return document


async def ids_of(
    ask: Callable[[str], Awaitable[httpx.Response]], document: Any
) -> dict[str, list[str]]:
    """Ids by their field's name, as the lists show them."""
    known: dict[str, list[str]] = {}
    for path, operations in document["paths"].items():
        if "get" in operations and "{" not in path:
            answer = await ask(path)
            if answer.status_code == 200:
                _collect(answer.json(), known)
    return known


def _collect(tree: Any, known: dict[str, list[str]]) -> None:
    if isinstance(tree, list):
        for one in tree:
            _collect(one, known)
    elif isinstance(tree, dict):
        for key, value in tree.items():
            if key.endswith("_id") and isinstance(value, str) and value:
                known.setdefault(key, []).append(value)
            else:
                _collect(value, known)


async def test_p57_no_input_to_any_operation_gives_a_5xx_or_an_answer_beside_its_schema(
    year: Walked, appointed: Callable[[str], Awaitable[Caller]], tmp_path: Path
) -> None:
    w = year.world
    finance = await appointed("财政局·甲")
    await appointed("专家·一")
    document = (await finance.send("GET", "/openapi.json")).json()
    known = await ids_of(lambda path: finance.send("GET", path), document)
    people = {role: w.people[name] for role, name in PEOPLE.items()}
    logins = {
        role: {"login": p.login, "password": p.first_password or p.password}
        for role, p in people.items()
    }
    world = {"url": w.stack.url, "people": logins}

    done = await asyncio.to_thread(run, tmp_path / "run", with_ids(document, known), world)

    assert done.returncode == 0, done.stdout[-30_000:] + done.stderr[-2_000:]
    assert " passed" in done.stdout


class Planted(BaseHTTPRequestHandler):
    """A server with one fault: 500 for a certain name, and an answer that lacks what it promises."""

    def do_GET(self) -> None:
        """Answer as the path says."""
        broken = self.path.startswith("/v1/broken")
        body = b"{}" if not broken else b'{"detail": "boom"}'
        self.send_response(500 if broken else 200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing."""


@contextmanager
def planted() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Planted)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize(
    ("path", "found"), [("/v1/broken", "Server error"), ("/v1/beside", "Response violates schema")]
)
def test_p57_control_a_planted_500_and_an_answer_beside_its_schema_are_found(
    tmp_path: Path, path: str, found: str
) -> None:
    answer = {"type": "object", "required": ["etag"], "properties": {"etag": {"type": "string"}}}
    document = {
        "openapi": "3.1.0", "info": {"title": "planted", "version": "1"},
        "paths": {path: {"get": {
            "x-jixiao-access": {"roles": []}, "parameters": [], "security": [{}],
            "responses": {
                "200": {"description": "", "content": {"application/json": {"schema": answer}}}
            },
        }}},
    }  # fmt: skip
    with planted() as url:
        done = run(tmp_path / "run", document, {"url": url, "people": {}})
    assert done.returncode == 1
    assert found in done.stdout
