"""The house rules that a machine can keep: sizes, names, one of each, nothing of this machine."""

import ast
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BANNED = re.compile(
    r"(?:^|_)(?:utils?|helpers?|manager|common|misc|stuff|processor|models|tmp)(?:_|\.py$|$)"
)
LONGEST = 400
KIT = 4_400
"""docs/decisions/0007 and 0018: sealing, healing, drafts and limits are the kit's, and dangerous twice."""


def tracked(*patterns: str) -> list[Path]:
    """Files that git tracks or would."""
    listed = subprocess.run(  # noqa: S603
        ["git",  # noqa: S607
         "ls-files", "--cached", "--others", "--exclude-standard", *patterns],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return [ROOT / line for line in listed.stdout.splitlines() if (ROOT / line).is_file()]


def lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines()


def lines_of_code(path: Path) -> int:
    """Lines that hold code: neither blank nor comment nor docstring."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    held = {n.lineno for n in ast.walk(tree) if hasattr(n, "lineno")}
    held |= {getattr(n, "end_lineno", 0) for n in ast.walk(tree)} - {0, None}
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            held -= set(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    return len(held)


def test_no_source_file_is_longer_than_can_be_told_in_a_sentence() -> None:
    long = {
        str(p.relative_to(ROOT)): len(lines(p)) for p in tracked("*.py") if len(lines(p)) > LONGEST
    }
    assert not long


def test_no_file_has_a_name_that_says_nothing() -> None:
    assert not [p for p in tracked("*.py") if BANNED.search(p.name)]
    assert BANNED.search("string_utils.py")  # the control
    assert BANNED.search("helpers.py")


def test_the_kit_stays_small_and_knows_no_noun_of_the_domain() -> None:
    files = tracked("services/servicekit/src/**/*.py")
    assert sum(lines_of_code(p) for p in files) <= KIT
    nouns = re.compile(
        r"\b(indicator|rectification|allocation|campaign|monitoring|linkage)\b", re.IGNORECASE
    )
    assert not [p.name for p in files if nouns.search(p.read_text(encoding="utf-8"))]


def test_there_is_one_dockerfile_and_no_copy_of_a_contract() -> None:
    assert [p.parent.name for p in tracked("*Dockerfile*") if p.name == "Dockerfile"] == ["deploy"]
    assert not [
        p
        for p in tracked("*.proto")
        if "tests" not in p.parts and p.parts[len(ROOT.parts)] != "proto"
    ]
    assert not tracked("proto/gen")


@pytest.mark.parametrize(
    "pattern",
    [r"/wor[k]/(main|shared)", r"/roo[t]/", r"files\.pythonhosted\b", r"registry\.npmjs\b"],
)
def test_nothing_names_this_machine_or_a_registry(pattern: str) -> None:
    mine = Path(__file__).name
    found = [
        str(p.relative_to(ROOT))
        for p in tracked()
        if p.suffix not in {".png", ".binpb"} and p.name != mine
        and re.search(pattern, p.read_text(encoding="utf-8", errors="ignore"))
    ]  # fmt: skip
    assert not found


def test_every_setting_is_in_the_operations_page() -> None:
    read = {
        f"JIXIAO_{match[1].upper()}"
        for path in tracked("services/*/src/**/settings.py", "services/*/src/**/serving.py")
        for match in re.finditer(
            r"^    (\w+): [\w |.]+(?: =.*)?$", path.read_text(encoding="utf-8"), re.MULTILINE
        )
        if "BaseSettings" in path.read_text(encoding="utf-8")
        or "(Settings)" in path.read_text(encoding="utf-8")
    }
    page = (ROOT / "docs" / "operations" / "README.md").read_text(encoding="utf-8")
    missing = {
        name for name in read if name not in page and name.split("_", 1)[1].lower() in _fields()
    }
    assert not missing


def _fields() -> set[str]:
    from jixiao.servicekit.settings import Settings  # noqa: PLC0415

    return set(Settings.model_fields)
