"""The cycle step by step: each act of the storyboard, and every figure that must come out."""

import pytest

from demo.acts import year_of_acts
from demo.rehearsal import Walked

ACTS = [act.no for act in year_of_acts()]
REFUSED = (1, 9, 13, 15, 16, 22, 25, 26, 32, 33, 35, 36, 37, 39, 40, 48, 55, 57, 58, 68, 72, 81, 85,
           98, 110, 115, 116, 124)  # fmt: skip
"""The 28 acts that hold a refusal; a step that is not refused as written fails its act."""


def test_the_storyboard_has_129_acts() -> None:
    assert sorted(ACTS) == list(range(1, 130))
    assert len(REFUSED) == 28


@pytest.mark.parametrize("number", ACTS)
def test_act(year: Walked, number: int) -> None:
    outcome = year.outcomes[number]
    assert not outcome.failure
    assert outcome.done == len(outcome.act.steps)


def test_every_computed_figure_is_that_of_the_figures(year: Walked) -> None:
    differing = [one for one in year.world.comparisons if not one.equal]
    assert not differing
    assert len(year.world.comparisons) > 1_000


def test_figures_control_another_expectation_would_be_found(year: Walked) -> None:
    year.world.check("对照", "99.25", "99.24")
    assert not year.world.comparisons.pop().equal
