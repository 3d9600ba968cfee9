"""The portal's files come from the door's own origin, and nothing outside them (P4.2)."""

from dataclasses import replace
from pathlib import Path

import httpx
from sample_system import System

from jixiao.gateway.app import create


async def test_p4_2_the_portal_is_served_without_inline_script_and_never_beyond_its_folder(
    system: System, tmp_path: Path
) -> None:
    (tmp_path / "secret.txt").write_text("secret")
    portal = tmp_path / "portal"
    (portal / "assets").mkdir(parents=True)
    (portal / "index.html").write_text("<!doctype html>")
    (portal / "assets" / "a.js").write_text("1")
    transport = httpx.ASGITransport(create(replace(system.wiring, portal=portal)))
    async with httpx.AsyncClient(transport=transport, base_url="https://jx.test") as http:
        for path in ("/", "/programmes/1", "/index.html"):
            page = await http.get(path)
            assert (page.text, page.headers["cache-control"]) == ("<!doctype html>", "no-cache")
            assert "script-src 'self';" in page.headers["content-security-policy"]
            assert page.headers["strict-transport-security"]
        script = await http.get("/assets/a.js")
        assert "immutable" in script.headers["cache-control"]
        assert script.headers["x-content-type-options"] == "nosniff"
        for path in ("/assets/b.js", "/..%2fsecret.txt", "/%2e%2e/secret.txt", "/v1/nothing"):
            assert (await http.get(path)).status_code == 404
    assert (await system.http.get("/")).status_code == 404
