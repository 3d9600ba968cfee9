"""`make articles`: article → rule → operation → test, into docs/articles.md; fails on a gap.

What ties an article to the code is what a newcomer reads anyway: the `Articles:` line of a
docstring, the `articles:` of an operation's access rule, and the name of a test (`test_d9_t11_…`).
Run with `check` to compare the page with the code instead of writing it.
"""

import ast
import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "articles.md"
NUMERALS = {c: i for i, c in enumerate("零一二三四五六七八九")}

NOTHING_TO_RUN = {
    "D-1": "purpose", "D-3": "names the objects and stages; the vocabulary follows it",
    "D-4": "names the offices; the role table follows it", "D-11": "defines a target",
    "D-19": "defines evaluation", "D-24": "defines results application", "D-31": "who interprets",
    "D-32": "in force from", "T-1": "purpose", "T-3": "names the stages", "T-13": "defines a target",
    "T-22": "defines evaluation", "T-29": "defines results application", "T-38": "who interprets",
    "T-39": "in force from",
}  # fmt: skip
PLANNED = {
    "D-30": "each organisation's own rules and procedures: kept by the portal's issue",
    "T-28": "comprehensive evaluation of consolidated agricultural funds: the evaluation service in full",
    "T-36": "as D-30",
    "T-37": "a stored rulebook of the centre or the province: R-46",
}
ARTICLE = re.compile(r"\b([DT])-(\d+)(?:\((\d+)\))?(?:\((\d+)\))?")
RANGE = re.compile(r"\b([DT])-(\d+)(?:\(\d+\))? (?:to|–) [DT]-(\d+)|\b([DT])-(\d+)–[DT]-(\d+)")


def articles() -> dict[str, str]:
    """Every article of the two measures, `D-1` …, with the beginning of its text."""
    text = (ROOT / "docs" / "regulation.txt").read_text(encoding="utf-8")
    second = text.rindex("第一章")
    found: dict[str, str] = {}
    for measure, part in (("D", text[:second]), ("T", text[second:])):
        for match in re.finditer(r"^第([一二三四五六七八九十]+)条 *(.+)$", part, re.MULTILINE):
            found[f"{measure}-{_number(match[1])}"] = match[2][:28]
    return found


def _number(numeral: str) -> int:
    if "十" not in numeral:
        return NUMERALS[numeral]
    tens, ones = numeral.split("十")
    return (NUMERALS[tens] if tens else 1) * 10 + (NUMERALS[ones] if ones else 0)


def named_in(text: str) -> set[str]:
    """The articles that a piece of text names, ranges spelled out."""
    names = {f"{m[1]}-{m[2]}" for m in ARTICLE.finditer(text)}
    for match in RANGE.finditer(text):
        letter, low, high = (match[1] or match[4]), (match[2] or match[5]), (match[3] or match[6])
        names |= {f"{letter}-{n}" for n in range(int(low), int(high) + 1)}
    return names


def rules() -> Iterator[tuple[str, str]]:
    """(article, place) of every docstring with an `Articles:` line in a domain."""
    for path in sorted(ROOT.glob("services/*/src/jixiao/*/domain/*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                for line in (ast.get_docstring(node) or "").splitlines():
                    if "Articles:" in line:
                        for article in named_in(line):
                            yield article, f"{path.parts[-3]}.{path.stem}.{node.name}"


def operations() -> Iterator[tuple[str, str]]:
    """(article, operation) of every rpc."""
    for path in sorted(ROOT.glob("proto/*/v1/*.proto")):
        rpc = ""
        for line in path.read_text(encoding="utf-8").splitlines():
            if match := re.search(r"\brpc (\w+)", line):
                rpc = match[1]
            if "articles:" in line:
                for article in named_in(line):
                    yield article, f"{path.parts[-3]}.{rpc}"


def tests() -> Iterator[tuple[str, str]]:
    """(article, test) of every test that is named by articles."""
    for path in sorted(
        [*ROOT.glob("services/*/tests/**/test_*.py"), *ROOT.glob("tests/**/test_*.py")]
    ):
        for match in re.finditer(
            r"def (test_((?:[dt]\d+_)+)\w+)", path.read_text(encoding="utf-8")
        ):
            for tag in match[2].strip("_").split("_"):
                yield f"{tag[0].upper()}-{tag[1:]}", match[1]


def page() -> tuple[str, list[str]]:
    """The page, and the gaps: articles without rule, operation or test that nothing excuses."""
    found: list[dict[str, list[str]]] = []
    for source in (rules(), operations(), tests()):
        by_article: dict[str, list[str]] = defaultdict(list)
        for article, place in source:
            if place not in by_article[article]:
                by_article[article].append(place)
        found.append(by_article)
    lines = [
        "# Articles → code → tests",
        "",
        "Made by `make articles` from docstrings, operations and test names; do not edit.",
        "D-n: 区级部门单位预算绩效管理办法; T-n: 区对下转移支付资金预算绩效管理办法 (docs/regulation.txt).",
        "",
        "| article | it says | rules | operations | tests |",
        "| --- | --- | --- | --- | --- |",
    ]
    gaps = []
    for article, text in articles().items():
        rule, operation, test = (source[article] for source in found)
        excuse = NOTHING_TO_RUN.get(article) or PLANNED.get(article)
        if not excuse and not ((rule or operation) and test):
            gaps.append(
                f"{article}: rules {len(rule)}, operations {len(operation)}, tests {len(test)}"
            )
        said = (
            f"*{'planned' if article in PLANNED else 'nothing to run'}: {excuse}*" if excuse else ""
        )
        cells = [_cell(rule) or said, _cell(operation), _cell(test, 3)]
        lines.append(f"| {article} | {text}… | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n", gaps


def _cell(places: list[str], most: int = 6) -> str:
    shown = "<br>".join(f"`{place}`" for place in places[:most])
    return shown + (f"<br>and {len(places) - most} more" if len(places) > most else "")


def main() -> int:
    """Write or check the page; 1 on a gap or a stale page."""
    text, gaps = page()
    for gap in gaps:
        print(f"gap: {gap}")
    if sys.argv[1:] == ["check"]:
        stale = not PAGE.exists() or PAGE.read_text(encoding="utf-8") != text
        if stale:
            print("docs/articles.md is stale: run `make articles`")
        return int(stale or bool(gaps))
    PAGE.write_text(text, encoding="utf-8")
    print(f"{PAGE.relative_to(ROOT)}: {len(articles())} articles, {len(gaps)} gaps")
    return int(bool(gaps))


if __name__ == "__main__":
    raise SystemExit(main())
