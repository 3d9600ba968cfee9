"""The portal's built files, from the same origin as the contract (P4.2).

Every file is known at the start, so no request can name one outside the folder. An address of the
portal's own routing (`/programmes/…`) gets its first page; a missing asset stays missing.
"""

import mimetypes
from pathlib import Path

from starlette.responses import FileResponse, Response

from .problems import Problem

CSP = (
    "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)
_START = "index.html"


class Pages:
    """The files of one folder; without a folder there are none."""

    def __init__(self, folder: Path | None) -> None:
        files = [p for p in folder.rglob("*") if p.is_file()] if folder else []
        self._files = {p.relative_to(folder).as_posix(): p for p in files if folder}

    def get(self, path: str) -> Response:
        """The file at an address, or the portal's first page. Raises Problem 404."""
        name = path.lstrip("/")
        if name not in self._files:
            name = _START if "." not in name.rpartition("/")[2] else ""
        if name not in self._files:
            raise Problem(404, "not_found", "没有这个页面。")
        kept = "public, max-age=31536000, immutable" if name.startswith("assets/") else "no-cache"
        media_type = mimetypes.guess_type(name)[0] or "application/octet-stream"
        return FileResponse(
            self._files[name],
            media_type=media_type,
            headers={"Cache-Control": kept, "Content-Security-Policy": CSP},
        )
