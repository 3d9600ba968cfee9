"""The bare baseline: FastAPI and asyncpg doing the same write and read, and nothing else.

Run as `python -m bench.baseline <dsn> <port>`: no contract, no login, no scope, no audit, no
outbox, one table in the same database, one process with the same event loop and HTTP parser.
"""

import json
import sys
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import uvicorn
from fastapi import FastAPI, Response

_MAKE = """CREATE TABLE IF NOT EXISTS bench_targets(id uuid PRIMARY KEY, unit text NOT NULL,
 year int NOT NULL, state text NOT NULL, body jsonb NOT NULL, at timestamptz NOT NULL DEFAULT now())"""
_WRITE = "INSERT INTO bench_targets(id, unit, year, state, body) VALUES ($1, $2, $3, $4, $5)"
_READ = "SELECT body FROM bench_targets WHERE id = $1 AND unit = $2"


def build(dsn: str) -> FastAPI:
    """The app."""
    pool: asyncpg.Pool[Any]

    @asynccontextmanager
    async def opened(app: FastAPI):  # type: ignore[no-untyped-def]  # noqa: ANN202
        del app
        nonlocal pool
        pool = await asyncpg.create_pool(dsn, min_size=4, max_size=4)
        await pool.execute(_MAKE)
        yield
        await pool.close()

    app = FastAPI(lifespan=opened, docs_url=None, openapi_url=None)

    @app.post("/targets")
    async def write(target: dict[str, Any]) -> dict[str, Any]:
        identity = uuid4()
        body = json.dumps(target, ensure_ascii=False)
        async with pool.acquire() as connection, connection.transaction():
            await connection.execute(_WRITE, identity, "U001", target["year"], "submitted", body)
        return {"target_id": str(identity), **target}

    @app.get("/targets/{target_id}")
    async def read(target_id: UUID) -> Response:
        body = await pool.fetchval(_READ, target_id, "U001")
        return Response(body, media_type="application/json")

    return app


if __name__ == "__main__":
    uvicorn.run(
        build(sys.argv[1]), host="127.0.0.1", port=int(sys.argv[2]), loop="uvloop", http="httptools",
        log_level="warning", access_log=False,
    )  # fmt: skip
