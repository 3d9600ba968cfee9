"""Compiles the sample contract beside the real one, so that the door is tested on its own."""

import subprocess
import sys
from importlib import resources
from pathlib import Path

import google.api
from protobuf.wkt import FileDescriptorSet
from protovalidate._gen.buf.validate import validate_pb

HERE = Path(__file__).resolve().parent
PROTO = HERE.parents[3] / "proto"
BIN = Path(sys.executable).parent


def compile_sample(folder: Path) -> None:
    """Generate `jixiao.api.sample.v1` (and what it imports) under `folder` and put it on the path."""
    validate = folder / "validate.binpb"
    validate.write_bytes(FileDescriptorSet(file=[validate_pb.desc().proto]).to_binary())
    out = folder / "jixiao" / "api"
    out.mkdir(parents=True)
    site = Path(next(iter(google.api.__path__))).parent.parent
    _protoc(
        f"--descriptor_set_in={validate}",
        f"-I{HERE}",
        f"-I{PROTO}",
        f"-I{site}",
        f"-I{resources.files('grpc_tools') / '_proto'}",
        f"--plugin=protoc-gen-py={BIN / 'protoc-gen-py'}",
        f"--plugin=protoc-gen-grpc-py={BIN / 'protoc-gen-grpc-py'}",
        f"--py_out={out}",
        "--py_opt=init_files=false",
        "sample/v1/sample.proto",
        "google/api/annotations.proto",
        "google/api/http.proto",
    )
    _protoc(
        f"--descriptor_set_in={validate}",
        f"-I{HERE}",
        f"-I{PROTO}",
        f"-I{site}",
        f"-I{resources.files('grpc_tools') / '_proto'}",
        f"--plugin=protoc-gen-grpc-py={BIN / 'protoc-gen-grpc-py'}",
        f"--grpc-py_out={out}",
        "sample/v1/sample.proto",
    )
    sys.path.append(str(folder))


def _protoc(*arguments: str) -> None:
    subprocess.run((sys.executable, "-m", "grpc_tools.protoc", *arguments), check=True)  # noqa: S603
