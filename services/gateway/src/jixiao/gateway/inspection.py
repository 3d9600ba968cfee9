"""Looks into an uploaded file, in a process of its own (P5.4): `python -m …inspection KIND IN OUT`.

It holds 512 MiB and 30 s of processor at most; whatever a file does to its reader, it does here.
Prints one JSON object: `{}` where the file may be kept, else `code`, `detail` and, of cells,
`cells`. An image is written anew to OUT, without what a camera or an editor added. Imports the
standard library alone, so that it starts at once.
"""

import json
import re
import resource
import sys
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree
from xml.parsers import expat
from zipfile import ZipFile, ZipInfo

MEMORY = 512 * 2**20
SECONDS = 30
UNPACKED = 200 * 2**20
RATIO = 100
ENTRIES = 2_000
PIXELS = 40_000_000
MOST_CELLS = 200
_BLOCK = 2**18
_UNWANTED = re.compile(
    r"vbaProject|vbaData|/macrosheets/|/dialogsheets/|/externalLinks/|/connections\.xml|/queryTables/"
    r"|/embeddings/|/activeX/|oleObject",
    re.IGNORECASE,
)
_PACKED = (b"PK\x03\x04", b"PK\x05\x06", b"7z\xbc\xaf", b"Rar!", b"\x1f\x8b", b"\xd0\xcf\x11\xe0")
"""First bytes of archives, and of the old Office container that can hold anything."""
_MARKUP = re.compile(rb"(\xef\xbb\xbf)?\s*<|\xff\xfe|\xfe\xff")
_FIELDS = re.compile(r"\b(DDE|DDEAUTO|INCLUDETEXT|INCLUDEPICTURE|IMPORT)\b")
_ACTIVE = re.compile(rb"/(JavaScript|JS|Launch|RichMedia)(?![A-Za-z0-9])")
_ACTION = re.compile(rb"/(JavaScript|Launch|RichMedia)(?![A-Za-z0-9])")
"""Names so long that no picture's bytes spell them by chance."""
_STREAM = re.compile(rb"(?<!end)stream")
_HEAD = 2**16
"""Bytes before a stream in which its dictionary stands."""
_ESCAPED = re.compile(rb"#([0-9A-Fa-f]{2})")
_BROKEN = ("file_broken", "文件已损坏或不完整，请用原程序重新保存后上传。")
_ACTIVE_OFFICE = (
    "archive_content",
    "文件含有宏、外部链接、数据连接、嵌入对象或加密内容，请去除后上传。",
)


class Unfit(Exception):
    """The file must not be kept: code, Chinese sentence, and the cells that are wrong."""

    def __init__(self, code: str, detail: str, cells: "list[dict[str, Any]] | None" = None) -> None:
        super().__init__(code)
        self.verdict = {"code": code, "detail": detail} | ({"cells": cells} if cells else {})


def inspect(kind: str, path: Path, out: Path) -> None:
    """Look into the file of this extension. Raises Unfit."""
    match kind:
        case "xlsx" | "docx" | "ofd":
            _archive(path, kind)
        case "jpg" | "jpeg" | "png":
            _image(path, out, "PNG" if kind == "png" else "JPEG")
        case "pdf":
            _pdf(path.read_bytes())
        case _:
            raise Unfit(*_BROKEN)


def _archive(path: Path, kind: str) -> None:
    try:
        with ZipFile(path) as archive:
            entries = archive.infolist()
            _check_entries(entries)
            for entry in entries:
                _check_part(archive, entry)
            if kind == "xlsx":
                _check_cells(archive)
    except (zipfile.BadZipFile, NotImplementedError, ValueError, EOFError, zlib.error, KeyError):
        raise Unfit(*_BROKEN) from None


def _check_entries(entries: list[ZipInfo]) -> None:
    """By the archive's directory alone, before anything is unpacked."""
    unpacked = sum(one.file_size for one in entries)
    packed = sum(one.compress_size for one in entries) or 1
    if len(entries) > ENTRIES:
        raise Unfit("archive_entries", f"文件包内条目超过 {ENTRIES} 个，请核对文件。")
    if unpacked > UNPACKED or unpacked / packed > RATIO:
        raise Unfit("archive_ratio", "文件展开后过大，请核对文件。")
    for one in entries:
        parts = one.filename.replace("\\", "/").split("/")
        if ".." in parts or one.filename.startswith(("/", "\\")) or ":" in parts[0]:
            raise Unfit("archive_path", "文件包内含有越界的路径，请用原程序重新保存后上传。")
        if _UNWANTED.search(f"/{one.filename}") or one.flag_bits & 1:
            raise Unfit(*_ACTIVE_OFFICE)


def _check_part(archive: ZipFile, entry: ZipInfo) -> None:
    if entry.is_dir():
        return
    with archive.open(entry) as part:
        start = part.read(8)
        if start.startswith(_PACKED):
            raise Unfit("archive_nested", "文件包内含有另一个压缩包，请去除后上传。")
        if entry.filename.lower().endswith((".xml", ".rels", ".vml")) or _MARKUP.match(start):
            _check_xml(start, part)
        while part.read(_BLOCK):
            pass  # to its end, so that a false length or checksum is found


def _check_xml(start: bytes, part: Any) -> None:
    """No document type, so no entity; no reference to elsewhere but a link a person may click."""
    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = _document_type
    parser.StartElementHandler = _element
    parser.CharacterDataHandler = _text
    parser.buffer_text = True
    try:
        parser.Parse(start)
        while block := part.read(_BLOCK):
            parser.Parse(block)
        parser.Parse(b"", True)  # noqa: FBT003 - the end
    except expat.ExpatError:
        raise Unfit(*_BROKEN) from None


def _document_type(*_: object) -> None:
    raise Unfit("archive_entity", "文件含有文档类型定义（DTD），请用原程序重新保存后上传。")


def _element(name: str, attributes: dict[str, str]) -> None:
    if attributes.get("TargetMode") == "External":
        to, how = attributes.get("Target", ""), attributes.get("Type", "")
        if not (how.endswith("/hyperlink") and to.startswith(("https://", "http://", "mailto:"))):
            raise Unfit(*_ACTIVE_OFFICE)
    if "macroEnabled" in attributes.get("ContentType", "") or name.endswith("ddeLink"):
        raise Unfit(*_ACTIVE_OFFICE)
    if _FIELDS.search(attributes.get("w:instr", "")):
        raise Unfit(*_ACTIVE_OFFICE)


def _text(text: str) -> None:
    if text.lstrip()[:16].upper().startswith(("DDE", "INCLUDE")) and _FIELDS.search(text):
        raise Unfit(*_ACTIVE_OFFICE)


def _check_cells(archive: ZipFile) -> None:
    """A figure is typed, not computed where nobody sees how (B35)."""
    found: list[dict[str, Any]] = []
    for sheet, part in _sheets(archive):
        if part not in archive.namelist():
            continue
        with archive.open(part) as content:
            for place in _formulas(content):
                row, column = re.sub(r"\D", "", place), re.sub(r"[^A-Z]", "", place.upper())
                found.append({"sheet": sheet, "row": int(row or 0), "column": column})
                if len(found) >= MOST_CELLS:
                    break
    if found:
        raise Unfit("formula", "单元格中是公式，请复制后选择性粘贴为数值，再上传。", found)


def _formulas(content: Any) -> Iterator[str]:
    cell, kind = "", ""
    for event, element in ElementTree.iterparse(content, ("start", "end")):  # noqa: S314 - no DTD
        name = element.tag.rpartition("}")[2]
        if event == "start" and name == "c":
            cell, kind = element.get("r", ""), element.get("t", "n")
        elif event == "end" and name == "f" and kind != "str":
            yield cell
        elif event == "end" and name == "row":
            element.clear()


def _sheets(archive: ZipFile) -> Iterator[tuple[str, str]]:
    """Name and part of each worksheet."""
    names = archive.namelist()
    targets: dict[str, str] = {}
    if "xl/_rels/workbook.xml.rels" in names:
        relations = ElementTree.fromstring(  # noqa: S314 - no DTD
            archive.read("xl/_rels/workbook.xml.rels")
        )
        targets = {one.get("Id", ""): one.get("Target", "") for one in relations}
    workbook = ElementTree.fromstring(archive.read("xl/workbook.xml"))  # noqa: S314 - no DTD
    for sheet in (one for one in workbook.iter() if one.tag.rpartition("}")[2] == "sheet"):
        key = next((v for k, v in sheet.attrib.items() if k.endswith("}id")), "")
        target = targets.get(key, "")
        yield sheet.get("name", ""), target.lstrip("/") if target[:1] == "/" else f"xl/{target}"


def _image(path: Path, out: Path, form: str) -> None:
    from PIL import Image, ImageOps  # noqa: PLC0415 - for images alone

    Image.MAX_IMAGE_PIXELS = None  # our own limit, by the header, before a pixel is made
    try:
        with Image.open(path, formats=[form]) as image:
            if image.width * image.height > PIXELS:
                raise Unfit("image_size", "图片像素过多，请缩小后上传。")
            ImageOps.exif_transpose(image, in_place=True)
            mode = "RGB" if form == "JPEG" else _mode(image.mode)
            plain = image if image.mode == mode else image.convert(mode)
            plain.load()
            plain.info.clear()
            plain.save(out, form, **({"quality": 90} if form == "JPEG" else {}))
    except (OSError, ValueError, SyntaxError, ZeroDivisionError):
        raise Unfit(*_BROKEN) from None


def _mode(mode: str) -> str:
    return mode if mode in ("L", "LA", "RGB", "RGBA") else "RGBA"


def _pdf(content: bytes) -> None:
    """No script and no program to start; also where objects are packed or names escaped."""
    if re.search(rb"/Encrypt\s", content):
        raise Unfit("pdf_encrypted", "PDF 已加密，请去除密码后上传。")
    # The long names are looked for everywhere: what a comment hides from us, a reader may see.
    if _ACTION.search(_plain(content)) or any(
        _ACTIVE.search(_plain(text)) for text in _pdf_objects(content)
    ):
        raise Unfit("pdf_action", "PDF 含有脚本或启动程序的动作，请重新打印为 PDF 后上传。")


def _plain(text: bytes) -> bytes:
    """With names as they are meant: `/J#61vaScript` is `/JavaScript`."""
    return _ESCAPED.sub(lambda m: bytes([int(m[1], 16)]), text)


def _pdf_objects(content: bytes) -> Iterator[bytes]:
    """What a reader takes for objects: all but the streams, and the streams that hold objects."""
    at, left = 0, UNPACKED
    for found in _STREAM.finditer(content):
        start, body = found.start(), found.end()
        end = content.find(b"endstream", body)
        end = len(content) if end < 0 else end
        if start >= at:
            yield content[at:start]
            at = end + len(b"endstream")
        head = content[max(0, start - _HEAD) : start]
        if b"ObjStm" in _plain(head):
            own = b"ObjStm" in _plain(head[head.rfind(b"endobj") + 1 :])
            text = _unpacked(head, content[body:end].lstrip(b"\r\n"), left, own=own)
            left -= len(text)
            yield text
    yield content[at:]


def _unpacked(head: bytes, body: bytes, most: int, *, own: bool) -> bytes:
    """A stream's objects; `own`: it says so itself, and is not merely near one that does."""
    if own and b"/Filter" not in _plain(head):
        return body
    try:
        text = zlib.decompressobj().decompress(body, max(1, most))
    except zlib.error:  # another filter than the one that everybody uses for objects
        if own:
            raise Unfit(*_BROKEN) from None
        return b""
    if len(text) >= most:
        raise Unfit("archive_ratio", "文件展开后过大，请核对文件。")
    return text


def main(kind: str, path: Path, out: Path) -> dict[str, Any]:
    """The verdict."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        inspect(kind, path, out)
    except Unfit as unfit:
        return unfit.verdict
    except (MemoryError, RecursionError):
        return Unfit("file_heavy", "文件过于复杂，无法检查，请拆分或简化后上传。").verdict
    return {}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))))
