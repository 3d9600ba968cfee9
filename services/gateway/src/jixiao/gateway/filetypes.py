"""What a file is, by its content and its name's extension together (P5.4)."""

import re
import zipfile
from typing import IO
from zipfile import ZipFile

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
_OUT_OF_NAME = re.compile(
    r'[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff<>:"|?*]'
)


def clean_name(filename: str) -> str:
    """The last part of a name, without what a file system or a reader trips over; ≤ 200 long."""
    name = _OUT_OF_NAME.sub("", filename.replace("\\", "/").rpartition("/")[2]).strip(" .")
    stem, dot, extension = name.rpartition(".")
    return f"{(stem if dot else name)[:190] or 'file'}{dot}{extension[:9] if dot else ''}"


def extension_of(name: str) -> str:
    """The name's extension. Raises Problem 415 where it is none that is accepted."""
    extension = name.rpartition(".")[2].lower()
    if extension not in TYPES:
        raise _refused("只接受 pdf、ofd、xlsx、docx、jpg、png 文件，请转换后上传。")
    return extension


def media_type_of(name: str, content: IO[bytes]) -> str:
    """The media type, when name and content agree on one of those accepted. Raises Problem 415."""
    extension = extension_of(name)
    media_type, start, entry = TYPES[extension]
    content.seek(0)
    if content.read(len(start)) != start or (entry and not _holds(content, entry)):
        raise _refused(f"文件内容不是 {extension}，请用原程序另存后上传。")
    return media_type


def _refused(detail: str) -> Problem:
    return Problem(415, "file_type", detail)


def _holds(content: IO[bytes], entry: str) -> bool:
    """Whether the archive's directory names the entry; nothing is unpacked here."""
    content.seek(0)
    try:
        with ZipFile(content) as archive:
            return entry in archive.NameToInfo
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError):
        return False
