"""What is inside a file, looked at by the child process that uploads pass through (P5.4, §10)."""

import asyncio
import io
import os
import stat
import struct
import time
import zipfile
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from jixiao.gateway import inspection, scanning
from jixiao.gateway.problems import Problem
from jixiao.gateway.scanning import Scanner

SOURCE = Path(inspection.__file__).read_text(encoding="utf-8")
RELATIONS = "<Relationships><Relationship Id='r1' Type='{0}' Target='{1}' TargetMode='External'/></Relationships>"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
BOMB = "<!DOCTYPE x [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;'>]><x>&b;</x>"
XXE = "<!DOCTYPE x [<!ENTITY a SYSTEM 'file:///etc/passwd'>]><x>&a;</x>"
WORKBOOK = (
    f"<workbook xmlns:r='{OFFICE}'><sheets><sheet name='指标' r:id='r1'/></sheets></workbook>"
)
SHEET_OF = "<Relationships><Relationship Id='r1' Target='worksheets/sheet1.xml'/></Relationships>"


def archive(entries: Mapping[str, bytes | str]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as zipped:
        for name, content in entries.items():
            zipped.writestr(name, content)
    return out.getvalue()


def workbook(**more: bytes | str) -> bytes:
    """A workbook with further parts; `__` for a slash, `_DOT_` for a dot."""
    named = {k.replace("__", "/").replace("_DOT_", "."): v for k, v in more.items()}
    return archive({"xl/workbook.xml": "<workbook/>", **named})


def sheet(cells: str) -> bytes:
    return archive(
        {
            "xl/workbook.xml": WORKBOOK, "xl/_rels/workbook.xml.rels": SHEET_OF,
            "xl/worksheets/sheet1.xml": f"<worksheet><sheetData><row r='9'>{cells}</row></sheetData></worksheet>",
        }
    )  # fmt: skip


def picture(form: str, **how: Any) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (64, 32), "red").save(out, form, **how)
    return out.getvalue()


def pdf(objects: bytes) -> bytes:
    return b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\n" + objects + b"\n%%EOF"


def packed_object(content: bytes) -> bytes:
    deflated = zlib.compress(content)
    return pdf(b"2 0 obj<</Type/ObjStm/Filter/FlateDecode>>stream\n" + deflated + b"\nendstream")


def stacked(count: int) -> bytes:
    return archive({"xl/workbook.xml": "<w/>"} | {f"x/{n}.txt": "x" for n in range(count)})


FIT = {
    "plain workbook": ("xlsx", workbook()),
    "a link that a person may click": (
        "docx",
        archive({"word/document.xml": "<w/>", "word/_rels/document.xml.rels": RELATIONS.format(
            f"{OFFICE}/hyperlink", "https://www.gov.cn/")}),
    ),
    "a formula that yields words": ("xlsx", sheet("<c r='A9' t='str'><f>A1</f><v>x</v></c>")),
    "a figure": ("xlsx", sheet("<c r='F9'><v>1</v></c>")),
    "ofd": ("ofd", archive({"OFD.xml": "<OFD/>"})),
    "pdf": ("pdf", pdf(b"2 0 obj<</OpenAction[1 0 R/Fit]>>endobj")),
    "a picture's bytes in a pdf that look like a name": (
        "pdf", pdf(b"2 0 obj<</Subtype/Image>>stream\nxx/JS (x)\nendstream"),
    ),
}  # fmt: skip
UNFIT = {
    "B36": ("xlsx", workbook(x=b"0" * 2**22), "archive_ratio"),
    "entries": ("xlsx", stacked(2_000), "archive_entries"),
    "a way out": ("docx", archive({"word/document.xml": "<w/>", "../../x": "x"}), "archive_path"),
    "nested": ("xlsx", workbook(xl__media__x_DOT_png=archive({"a": "a"})), "archive_nested"),
    "macro": ("xlsx", workbook(xl__vbaProject_DOT_bin="x"), "archive_content"),
    "macro sheet": ("xlsx", workbook(xl__macrosheets__s_DOT_xml="<x/>"), "archive_content"),
    "macro by its type": (
        "docx",
        archive({"word/document.xml": "<w/>", "[Content_Types].xml":
            "<Types><Override ContentType='application/vnd.ms-word.document.macroEnabled.main+xml'/></Types>"}),
        "archive_content",
    ),
    "A37 external link": ("xlsx", workbook(xl__externalLinks__l_DOT_xml="<x/>"), "archive_content"),
    "A37 remote template": (
        "docx",
        archive({"word/document.xml": "<w/>", "word/_rels/settings.xml.rels": RELATIONS.format(
            f"{OFFICE}/attachedTemplate", "https://evil.example/t.dotm")}),
        "archive_content",
    ),
    "a link into our network": (
        "docx",
        archive({"word/document.xml": "<w/>", "word/_rels/document.xml.rels": RELATIONS.format(
            f"{OFFICE}/hyperlink", "file://server/share")}),
        "archive_content",
    ),
    "connection": ("xlsx", workbook(xl__connections_DOT_xml="<x/>"), "archive_content"),
    "embedding": ("docx", archive({"word/document.xml": "<w/>", "word/embeddings/o.bin": "x"}),
                  "archive_content"),
    "A37 XXE": ("docx", archive({"word/document.xml": XXE}), "archive_entity"),
    "A37 entity bomb": ("xlsx", workbook(xl__styles_DOT_xml=BOMB), "archive_entity"),
    "A37 entity in UTF-16, under another name": (
        "xlsx", workbook(xl__styles_DOT_bin=BOMB.encode("utf-16")), "archive_entity",
    ),
    "broken xml": ("xlsx", workbook(xl__styles_DOT_xml="<a><b></a>"), "file_broken"),
    "cut off": ("xlsx", workbook(xl__x_DOT_xml="<x/>")[:60], "file_broken"),
    "script": ("pdf", pdf(b"2 0 obj<</S/JavaScript/JS(app.alert(1))>>endobj"), "pdf_action"),
    "script by another spelling": ("pdf", pdf(b"2 0 obj<</S/J#61vaScript>>endobj"), "pdf_action"),
    "script in packed objects": ("pdf", packed_object(b"<</S/JavaScript>>"), "pdf_action"),
    "script behind a stream that is a comment": (
        "pdf",
        pdf(b"%stream\n1 0 obj<</OpenAction<</S/JavaScript/JS(x)>>>>endobj\n%endstream"),
        "pdf_action",
    ),
    "script in packed objects, the filter by another spelling": (
        "pdf", packed_object(b"<</S/JavaScript>>").replace(b"/Filter", b"/#46ilter"), "pdf_action",
    ),
    "script in packed objects behind a comment": (
        "pdf",
        packed_object(b"<</S/JavaScript>>").replace(b"2 0 obj", b"%stream\n2 0 obj"),
        "pdf_action",
    ),
    "script in packed objects with a long dictionary": (
        "pdf",
        packed_object(b"<</S/JavaScript>>").replace(b"/Filter", b"/X(" + b"x" * 9_000 + b")/Filter"),
        "pdf_action",
    ),
    "a program to start": ("pdf", pdf(b"2 0 obj<</S /Launch /F(cmd.exe)>>endobj"), "pdf_action"),
    "locked": ("pdf", pdf(b"trailer<</Encrypt 3 0 R>>"), "pdf_encrypted"),
    "no picture": ("png", b"\x89PNG\r\n\x1a\n" + b"x" * 99, "file_broken"),
    "a jpg that is a png": ("jpg", picture("PNG"), "file_broken"),
}  # fmt: skip


async def refused(scanner: Scanner, extension: str, content: bytes) -> Problem:
    with pytest.raises(Problem) as ended:
        await scanner.pass_on(extension, io.BytesIO(content))
    return ended.value


@pytest.mark.parametrize("what", FIT)
async def test_p54_an_honest_file_is_kept_as_it_came(what: str) -> None:
    extension, content = FIT[what]
    assert await Scanner().pass_on(extension, io.BytesIO(content)) == content


@pytest.mark.attack("A37")
@pytest.mark.bad_input("B36")
@pytest.mark.parametrize("what", UNFIT)
async def test_p54_a_file_that_does_more_than_hold_content_is_refused(what: str) -> None:
    extension, content, code = UNFIT[what]
    problem = await refused(Scanner(), extension, content)
    assert (problem.status, problem.code) == (422, code)
    assert not problem.detail.isascii()


@pytest.mark.bad_input("B35")
async def test_b35_a_formula_where_a_figure_stands_is_named_by_sheet_row_and_column() -> None:
    cells = "<c r='E9'><v>1</v></c><c r='F9'><f>SUM(A1:A8)</f><v>8</v></c>"
    problem = await refused(Scanner(), "xlsx", sheet(cells))
    shown = problem.response("/v1/files", "t").body
    assert '"sheet": "指标", "row": 9, "column": "F"' in bytes(shown).decode()


@pytest.mark.bad_input("B36")
async def test_b36_an_archive_of_a_gibibyte_is_refused_within_two_seconds() -> None:
    out = io.BytesIO()
    with (
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as zipped,
        zipped.open("xl/workbook.xml", "w", force_zip64=True) as part,
    ):
        for _ in range(1024):
            part.write(bytes(2**20))
    started = time.monotonic()
    problem = await refused(Scanner(), "xlsx", out.getvalue())
    assert problem.code == "archive_ratio"
    assert time.monotonic() - started < 2


async def test_p54_a_picture_is_drawn_anew_without_what_the_camera_wrote() -> None:
    exif = Image.Exif()
    exif[0x0110], exif[0x8825] = "camera", {1: "N", 2: (36.0, 48.0, 0.0)}
    came = picture("JPEG", exif=exif, comment=b"secret")
    assert b"camera" in came
    kept = await Scanner().pass_on("jpg", io.BytesIO(came + b"<script>alert(1)</script>"))
    assert not any(one in kept for one in (b"camera", b"secret", b"script", b"Exif"))
    with Image.open(io.BytesIO(kept)) as image:
        assert (image.format, image.size) == ("JPEG", (64, 32))


async def test_p54_a_picture_of_too_many_pixels_is_refused_unseen() -> None:
    small = bytearray(picture("PNG"))
    small[16:24] = struct.pack("!II", 60_000, 60_000)
    crc = zlib.crc32(bytes(small[12:29]))
    small[29:33] = struct.pack("!I", crc)
    assert (await refused(Scanner(), "png", bytes(small))).code == "image_size"


@pytest.mark.parametrize(
    "does", ["x = bytearray(2**30)", "while True: pass", "import os; os._exit(1)"]
)
async def test_p54_a_file_that_eats_memory_or_time_or_kills_its_reader_ends_there(
    does: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    hostile = tmp_path / "hostile.py"
    hostile.write_text(
        SOURCE.replace("    match kind:\n", f"    {does}\n    match kind:\n", 1).replace(
            "SECONDS = 30", "SECONDS = 1"
        ),
        encoding="utf-8",
    )
    monkeypatch.setattr(inspection, "__file__", str(hostile))
    assert (await refused(Scanner(), "pdf", pdf(b""))).code == "file_heavy"


@pytest.fixture
def command(tmp_path: Path) -> Callable[[str], str]:
    def made(body: str) -> str:
        path = tmp_path / "scan"
        path.write_text(f"#!/bin/sh\n{body}\n", encoding="ascii")
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        return str(path)

    return made


async def test_p54_the_operators_scanner_decides_and_its_silence_is_never_yes(
    command: Callable[[str], str],
) -> None:
    looks = Scanner(command('if grep -q EICAR "$1"; then exit 1; fi'))
    assert await looks.pass_on("pdf", io.BytesIO(pdf(b"clean")))
    found = await refused(looks, "pdf", pdf(b"EICAR"))
    assert (found.status, found.code) == (422, "virus")
    for broken in (command("exit 2"), "/nowhere/scan", "unix:/nowhere/socket", "tcp:127.0.0.1:1"):
        away = await refused(Scanner(broken), "pdf", pdf(b""))
        assert (away.status, away.code) == (503, "scan_unavailable")


async def test_p54_a_clamd_is_asked_by_its_own_protocol(tmp_path: Path) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        assert await reader.readuntil(b"\0") == b"zINSTREAM\0"
        whole = b""
        while length := struct.unpack("!L", await reader.readexactly(4))[0]:
            whole += await reader.readexactly(length)
        writer.write(b"stream: Eicar FOUND\0" if b"EICAR" in whole else b"stream: OK\0")
        writer.close()

    path = os.fspath(tmp_path / "clamd")
    async with await asyncio.start_unix_server(answer, path):
        scanner = Scanner(f"unix:{path}")
        assert await scanner.pass_on("pdf", io.BytesIO(pdf(b"x" * 200_000)))
        assert (await refused(scanner, "pdf", pdf(b"EICAR"))).code == "virus"


async def test_p54_control_without_the_child_the_bomb_and_the_macro_would_be_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def blind(*_: object) -> dict[str, Any]:
        return {}

    monkeypatch.setattr(scanning, "_inspected", blind)
    kept = [
        what for what, (extension, content, _) in UNFIT.items()
        if await Scanner().pass_on(extension, io.BytesIO(content)) == content
    ]  # fmt: skip
    assert len(kept) == len(UNFIT)
