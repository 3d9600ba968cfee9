"""Uploaded files: by content and name together, for whoever uploaded them (A-10, P5.4)."""

import io
import zipfile
from pathlib import Path
from typing import Any

import httpx
import pytest
from sample_system import System, person

from jixiao.gateway.app import Wiring, create
from jixiao.gateway.files import FileStore
from jixiao.gateway.filetypes import clean_name, media_type_of
from jixiao.gateway.problems import Problem
from jixiao.gateway.scanning import Scanner

PDF = b"%PDF-1.7\n" + b"x" * 1000


def archive(**entries: bytes | str) -> bytes:
    """A zip with the entries, names written with `__` for a slash and `_DOT_` for a dot."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as zipped:
        for name, content in entries.items():
            zipped.writestr(name.replace("__", "/").replace("_DOT_", "."), content)
    return out.getvalue()


WORKBOOK = archive(xl__workbook_DOT_xml="<workbook/>")


@pytest.mark.parametrize(
    ("name", "content", "status", "code"),
    [
        ("a.exe", b"MZ", 415, "file_type"),
        ("a.pdf", WORKBOOK, 415, "file_type"),
        ("a.xlsx", b"<html></html>", 415, "file_type"),
        ("a.docx", WORKBOOK, 415, "file_type"),
        ("a.xlsx", b"PK\x03\x04", 415, "file_type"),
        ("a.xlsx", archive(xl__workbook_DOT_xml="", a__DOT_=b"") + b"", 200, ""),
    ],
)  # fmt: skip
@pytest.mark.bad_input("B37")
def test_b37_a_file_is_what_its_content_and_its_name_say(
    name: str, content: bytes, status: int, code: str
) -> None:
    if status == 200:
        assert media_type_of(name, io.BytesIO(content)).endswith("spreadsheetml.sheet")
        return
    with pytest.raises(Problem) as refused:
        media_type_of(name, io.BytesIO(content))
    assert (refused.value.status, refused.value.code) == (status, code)


@pytest.mark.parametrize(
    ("given", "kept"),
    [("../../x.pdf", "x.pdf"), ("C:\\a\\报告.PDF", "报告.PDF"), ("a\u202efdp.pdf", "afdp.pdf"),
     ("\0", "file"), ("x" * 300 + ".pdf", "x" * 190 + ".pdf")],
)  # fmt: skip
@pytest.mark.bad_input("B38")
def test_b38_a_name_is_cleaned(given: str, kept: str) -> None:
    assert clean_name(given) == kept


@pytest.fixture
async def uploads(system: System, running: Any, tmp_path: Path) -> Any:
    """The door with a store beside a real gateway database."""
    up = await running("gateway")
    store = FileStore(f"file://{tmp_path}/files", up.running.transactions.database, Scanner())
    w = system.wiring
    wiring = Wiring(w.routes, w.peers, w.minter, w.caller_of, w.limiter, files=store)
    transport = httpx.ASGITransport(create(wiring))
    async with httpx.AsyncClient(transport=transport, base_url="https://jx.test") as http:
        yield http


async def test_a10_a_file_is_kept_once_and_given_to_its_uploader_alone(
    system: System, uploads: httpx.AsyncClient, tmp_path: Path
) -> None:
    system.directory.known["other"] = person("unit", "zhou")
    mine, other = {"Authorization": "Bearer unit"}, {"Authorization": "Bearer other"}
    sent = [
        await uploads.post("/v1/files", files={"file": ("../报告.pdf", PDF)}, headers=mine)
        for _ in range(2)
    ]
    first, second = (answer.json() for answer in sent)
    assert sent[0].status_code == 201
    assert (first["name"], first["size"], first["media_type"]) == (
        "报告.pdf",
        len(PDF),
        "application/pdf",
    )
    assert first["file_id"] != second["file_id"]
    assert len([p for p in (tmp_path / "files").rglob("*") if p.is_file()]) == 1
    got = await uploads.get(f"/v1/files/{first['file_id']}", headers=mine)
    assert got.content == PDF
    assert got.headers["content-disposition"].startswith("attachment")
    assert got.headers["x-content-type-options"] == "nosniff"
    for name in (first["file_id"], "x"):
        assert (await uploads.get(f"/v1/files/{name}", headers=other)).status_code == 404
    assert (await uploads.get(f"/v1/files/{first['file_id']}")).status_code == 401


async def test_p5_4_what_is_no_upload_is_refused(uploads: httpx.AsyncClient) -> None:
    mine = {"Authorization": "Bearer unit"}
    broken = {"Content-Type": "multipart/form-data; boundary=x"}
    tries: list[tuple[dict[str, Any], int]] = [
        ({"json": {}}, 415),
        ({"content": b"nothing", "headers": mine | broken}, 400),
        ({"content": b"nothing", "headers": mine | {"Content-Type": "multipart/form-data"}}, 400),
        ({"files": {"file": ("a.pdf", b"%PDF-" + b"0" * (20 * 2**20))}}, 413),
        ({"data": {"a": "b"}, "files": {"b": (None, "c")}}, 422),
    ]
    for request, status in tries:
        answer = await uploads.post("/v1/files", **{"headers": mine} | request)
        assert answer.status_code == status, request.keys()
