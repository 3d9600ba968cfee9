"""Every article of the two measures has its rule or operation and a test, and the page says so."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def articles() -> ModuleType:
    spec = importlib.util.spec_from_file_location("articles", ROOT / "deploy" / "articles.py")
    assert spec
    assert spec.loader
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


def test_no_article_is_without_rule_or_test_and_the_page_is_not_stale(
    articles: ModuleType,
) -> None:
    text, gaps = articles.page()
    assert not gaps
    assert text == articles.PAGE.read_text(encoding="utf-8"), "run `make articles`"


def test_all_articles_of_both_measures_are_read(articles: ModuleType) -> None:
    found = articles.articles()
    assert list(found) == [f"D-{n}" for n in range(1, 33)] + [f"T-{n}" for n in range(1, 40)]
    assert set(articles.NOTHING_TO_RUN) | set(articles.PLANNED) <= set(found)


def test_control_a_lost_test_would_be_a_gap(
    articles: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = [one for one in articles.tests() if one[0] != "D-9"]
    monkeypatch.setattr(articles, "tests", lambda: iter(kept))
    _, gaps = articles.page()
    assert [gap.partition(":")[0] for gap in gaps] == ["D-9"]
