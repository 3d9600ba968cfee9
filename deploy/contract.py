"""Compile the contract and generate its Python (A-1): `make proto`, and in images.

protovalidate's wheel carries the descriptor of `buf/validate/validate.proto` but no source, so
that descriptor is written out first and protoc reads it beside the project's own files. The image
`build/contract.binpb` then feeds `buf lint`, `buf breaking` and `buf generate`. Nothing generated
is committed. Run with `lint` to check instead of generating.
"""

import shutil
import subprocess
import sys
from importlib import resources
from pathlib import Path

import google.api
from protobuf.wkt import FileDescriptorSet
from protovalidate._gen.buf.validate import validate_pb

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build"
IMAGE = BUILD / "contract.binpb"
GENERATED = ROOT / "proto" / "gen" / "jixiao" / "api"
BIN = Path(sys.executable).parent

TEMPLATE = """version: v2
plugins:
  - {{local: {bin}/protoc-gen-py, out: {out}, opt: [init_files=false], include_imports: true}}
  - {{local: {bin}/protoc-gen-grpc-py, out: {out}, include_imports: false}}
"""


def compile_image() -> None:
    """Write `build/contract.binpb`: all files with imports and comments."""
    BUILD.mkdir(exist_ok=True)
    validate = BUILD / "validate.binpb"
    validate.write_bytes(FileDescriptorSet(file=[validate_pb.desc().proto]).to_binary())
    protos = sorted(
        str(p.relative_to(ROOT / "proto")) for p in (ROOT / "proto").glob("*/v*/*.proto")
    )
    site = Path(next(iter(google.api.__path__))).parent.parent
    _run(
        sys.executable,
        "-m",
        "grpc_tools.protoc",
        f"--descriptor_set_in={validate}",
        f"-I{ROOT / 'proto'}",
        f"-I{site}",
        f"-I{resources.files('grpc_tools') / '_proto'}",
        "--include_imports",
        "--include_source_info",
        "-o",
        str(IMAGE),
        *protos,
    )


def generate() -> None:
    """Write the generated package `jixiao.api` under `proto/gen`."""
    compile_image()
    fresh = BUILD / "api"
    shutil.rmtree(fresh, ignore_errors=True)
    template = BUILD / "buf.gen.yaml"
    template.write_text(TEMPLATE.format(bin=BIN, out=fresh), encoding="utf-8")
    _run(
        str(BIN / "buf"),
        "generate",
        str(IMAGE),
        "--template",
        str(template),
        "--exclude-path",
        "google/protobuf",
    )
    shutil.rmtree(GENERATED, ignore_errors=True)
    GENERATED.parent.mkdir(parents=True, exist_ok=True)
    shutil.move(str(fresh), str(GENERATED))


def lint() -> None:
    """Run buf's lint over the image."""
    compile_image()
    _run(
        str(BIN / "buf"),
        "lint",
        str(IMAGE),
        "--config",
        str(ROOT / "buf.yaml"),
        "--exclude-path",
        "google",
        "--exclude-path",
        "buf",
    )


def _run(*command: str) -> None:
    done = subprocess.run(command, cwd=ROOT, check=False)  # noqa: S603
    if done.returncode:
        raise SystemExit(done.returncode)


if __name__ == "__main__":
    lint() if sys.argv[1:] == ["lint"] else generate()
