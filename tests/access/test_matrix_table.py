"""The contract says what the action table of promises.md says, cell by cell (P3.5)."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from .asking import OPERATIONS, name_of
from .matrix import DEVIATES, NAMED, ROLES, SUBMITTED, WAITING, rows

LETTERS = {role: letter for letter, role in ROLES.items()}


@dataclass(frozen=True, slots=True)
class Called:
    """What the contract says of one operation."""

    name: str
    action: str
    roles: frozenset[str]
    step_up: bool


def _contract() -> list[Called]:
    return [
        Called(name_of(one), one.access.action, one.roles, one.access.step_up)
        for one in OPERATIONS
        if not one.access.services  # between services alone: nobody's row (P4.7)
    ]


def _expected(one: Called, row: frozenset[str]) -> frozenset[str]:
    """Roles of its row, as far as the record is theirs, less and more what deviates."""
    if one.action == "record.read":
        row -= {"congress"} if one.name not in SUBMITTED else frozenset()
        row -= {"responsible_person"} if one.name not in NAMED else frozenset()
    less, more, _ = DEVIATES.get(one.name, ("", "", ""))
    missing = {ROLES[letter] for letter in less}
    assert missing <= row, f"{one.name}: DEVIATES takes what the row does not give"
    return frozenset({more}) if more == "signed_in" else row - missing | set(more.split())


def differences(contract: list[Called]) -> list[str]:
    """What differs from the table without standing in DEVIATES, or stands there and does not."""
    table, wrong = rows(), []
    for one in contract:
        if one.action not in table:
            wrong.append(f"{one.name}: {one.action} has no row")
            continue
        row, step_up = table[one.action]
        expected = _expected(one, row)
        said = frozenset({"signed_in"}) if one.roles & {"signed_in", "anyone"} else one.roles
        if said != expected:
            missing, extra = _letters(expected - said), _letters(said - expected)
            wrong.append(f"{one.name} ({one.action}): lacks {missing}, has {extra}")
        if step_up != one.step_up:
            wrong.append(f"{one.name} ({one.action}): step-up {one.step_up}")
    return wrong


def _letters(roles: frozenset[str]) -> str:
    return " ".join(sorted(LETTERS.get(role, role) for role in roles)) or "nobody"


def test_p35_every_operation_names_the_roles_of_its_row_and_no_other() -> None:
    assert not differences(_contract())


def test_p35_every_row_has_an_operation_or_waits_for_one_with_a_reason() -> None:
    called = {one.action for one in _contract()}
    assert set(rows()) - called == set(WAITING)
    assert all(WAITING.values())


def test_p35_a_deviation_names_an_operation_and_its_reason() -> None:
    assert set(DEVIATES) <= {one.name for one in _contract()}
    assert all(reason and (less or more) for less, more, reason in DEVIATES.values())


def test_p35_control_a_wrong_role_a_forgotten_role_and_a_lost_step_up_are_found() -> None:
    wrong: list[tuple[str, Callable[[Called], Called]]] = [
        ("Programmes.AdmitProgramme", lambda one: replace(one, roles=one.roles | {"unit"})),
        ("Targets.GetTarget", lambda one: replace(one, roles=one.roles - {"audit"})),
        ("PaymentHolds.DecideHold", lambda one: replace(one, step_up=False)),
        ("Targets.SubmitTarget", lambda one: replace(one, action="target.file")),
        ("SpotChecks.DrawSpotCheck", lambda one: replace(one, roles=one.roles | {"township_finance"})),
        ("Campaigns.AnnounceCampaign", lambda one: replace(one, roles=frozenset({"signed_in"}))),
    ]  # fmt: skip
    for name, spoil in wrong:
        spoilt = [spoil(one) if one.name == name else one for one in _contract()]
        (found,) = differences(spoilt)
        assert found.startswith(name)
