"""A door before a small service of its own: real gRPC, real tokens, the contract of `sample/`."""

import importlib
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from grpc import aio

sys.path.append(str(Path(__file__).resolve().parent))

from sample_contract import compile_sample
from sample_system import Backend, Directory, System, person, servicer

from jixiao.gateway import tokens
from jixiao.gateway.app import Wiring, create
from jixiao.gateway.calling import Peers
from jixiao.gateway.limits import Limiter, Rates
from jixiao.gateway.routes import Routes
from jixiao.servicekit.access import TokenReader
from jixiao.servicekit.rpc import Door


@pytest.fixture(scope="session")
def sample_pb(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The generated module of the sample contract; other tests never see it among the real ones."""
    folder = tmp_path_factory.mktemp("contract")
    compile_sample(folder)
    try:
        importlib.import_module("jixiao.api.sample.v1.sample_pb_grpc")
        return importlib.import_module("jixiao.api.sample.v1.sample_pb")
    finally:
        sys.path.remove(str(folder))


@pytest.fixture(scope="session")
def key_files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("keys")
    private, public = folder / "private.json", folder / "public.json"
    tokens.create_keys(private, public)
    return private, public


@pytest.fixture
async def system(sample_pb: Any, key_files: tuple[Path, Path]) -> AsyncIterator[System]:
    routes, backend = Routes(sample_pb.desc().services), Backend()
    rules = {name: one.access for name, one in routes.by_method.items()}
    server = aio.server(interceptors=[Door(TokenReader(key_files[1], "sample"), rules)])
    servicer(sample_pb, backend).add_to_server(server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    directory = Directory(
        {"unit": person("unit", "li"), "finance": person("district_finance", "wang")}
    )
    wiring = Wiring(
        routes, Peers({"sample": f"127.0.0.1:{port}"}), tokens.Minter(key_files[0]),
        directory.caller_of, Limiter(Rates.generous()),
    )  # fmt: skip
    transport = httpx.ASGITransport(create(wiring))
    async with httpx.AsyncClient(transport=transport, base_url="https://jx.test") as http:
        seen = System(http, backend, wiring, directory)
        wiring.note = seen.noted.append
        yield seen
    await wiring.peers.close()
    await server.stop(None)
