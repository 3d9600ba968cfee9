"""What a file is, by its content and its name's extension together (P5.4)."""

import re
import zipfile
from typing import IO
from zipfile import ZipFile, ZipInfo

from .problems import Problem

_OFFICE = "application/vnd.openxmlformats-officedocument."
# Extension: media type, first bytes, and the entry that a container of this type has.
TYPES = {
    "pdf": ("application/pdf", b"%PDF-", ""),
    "png": ("image/png", b"\x89PNG\r\n\x1a\n", ""),
    "jpg": ("image/jpeg", b"\xff\xd8\xff", ""),
    "jpeg": ("image/jpeg", b"\xff\xd8\xff", ""),
    "ofd": ("application/ofd", b"PK\x03\x04", "OFD.xml"),
    "xlsx": (f"{_OFFICE}spreadsheetml.sheet", b"PK\x03\x04", "xl/workbook.xml"),
    "docx": (f"{_OFFICE}wordprocessingml.document", b"PK\x03\x04", "word/document.xml"),
}
UNPACKED = 200 * 2**20
RATIO = 100
ENTRIES = 2_000
_UNWANTED = re.compile(
    r"vbaProject|/externalLinks/|/connections\.xml|/embeddings/|\.(zip|7z|rar|xlsx|docx|xlsm|docm)$",
    re.IGNORECASE,
)
_OUT_OF_NAME = re.compile(
    r'[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff<>:"|?*]'
)


def clean_name(filename: str) -> str:
    """The last part of a name, without what a file system or a reader trips over; ≤ 200 long."""
    name = _OUT_OF_NAME.sub("", filename.replace("\\", "/").rpartition("/")[2]).strip(" .")
    stem, dot, extension = name.rpartition(".")
    return f"{(stem if dot else name)[:190] or 'file'}{dot}{extension[:9] if dot else ''}"


def media_type_of(name: str, content: IO[bytes]) -> str:
    """The media type, when name and content agree on one of those accepted.

    Raises Problem 415, or 422 for an archive that must not be opened.
    """
    extension = name.rpartition(".")[2].lower()
    if extension not in TYPES:
        raise _refused("只接受 pdf、ofd、xlsx、docx、jpg、png 文件。")
    media_type, start, entry = TYPES[extension]
    content.seek(0)
    if content.read(len(start)) != start:
        raise _refused(f"文件内容不是 {extension}，请用原程序另存后上传。")
    if entry:
        _check_archive(content, entry, extension)
    return media_type


def _refused(detail: str) -> Problem:
    return Problem(415, "file_type", detail)


def _check_archive(content: IO[bytes], entry: str, extension: str) -> None:
    """By the archive's directory alone; nothing is unpacked here."""
    content.seek(0)
    try:
        with ZipFile(content) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError):
        raise _refused(f"文件内容不是 {extension}，请用原程序另存后上传。") from None
    if entry not in {one.filename for one in entries}:
        raise _refused(f"文件内容不是 {extension}，请用原程序另存后上传。")
    _check_size(entries)
    for one in entries:
        if ".." in one.filename.split("/") or one.filename.startswith("/"):
            raise Problem(422, "archive_path", "文件包内含有越界的路径。")
        if _UNWANTED.search(f"/{one.filename}") or one.flag_bits & 1:
            raise Problem(
                422, "archive_content", "文件含有宏、外部链接、嵌入对象或加密内容，请去除后上传。"
            )


def _check_size(entries: list[ZipInfo]) -> None:
    unpacked = sum(one.file_size for one in entries)
    packed = sum(one.compress_size for one in entries) or 1
    if len(entries) > ENTRIES:
        raise Problem(422, "archive_entries", "文件包内条目过多。")
    if unpacked > UNPACKED or unpacked / packed > RATIO:
        raise Problem(422, "archive_ratio", "文件展开后过大，请核对文件。")
