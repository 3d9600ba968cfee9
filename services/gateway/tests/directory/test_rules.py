"""The directory's rules by themselves: when a session ends, what a password must be, who is whom."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from jixiao.gateway.directory import grants, passwords
from jixiao.gateway.directory.grants import Grant
from jixiao.gateway.directory.sessions import Session

START = datetime(2026, 1, 5, 9, tzinfo=UTC)
NOBODY = UUID(int=0)


def a_session(*, strict: bool = False, seen: timedelta = timedelta()) -> Session:
    return Session(NOBODY, "csrf", NOBODY, None, strict, START, START + seen)


def test_p4_1_a_session_ends_after_30_idle_minutes_an_administrators_after_15() -> None:
    assert a_session().alive(START + timedelta(minutes=29, seconds=59))
    assert not a_session().alive(START + timedelta(minutes=30))
    assert a_session(strict=True).alive(START + timedelta(minutes=14, seconds=59))
    assert not a_session(strict=True).alive(START + timedelta(minutes=15))


@given(seconds=st.integers(0, 100_000), strict=st.booleans())
def test_p4_1_no_use_carries_a_session_beyond_its_absolute_end(
    *, seconds: int, strict: bool
) -> None:
    session = a_session(strict=strict, seen=timedelta(seconds=seconds))
    assert session.ends_at() <= START + timedelta(hours=2 if strict else 8)


def a_grant(**more: object) -> Grant:
    values: dict[str, object] = {
        "role": "unit", "territory": "370303", "line": "ZD103", "unit": "X",
        "from_on": date(2024, 8, 26), "to_on": date(2024, 12, 31), "basis": "任职文件",
    } | more  # fmt: skip
    return Grant(NOBODY, NOBODY, **values)  # type: ignore[arg-type]  # by name


def test_p3_1_a_grant_holds_from_its_first_to_its_last_day() -> None:
    held = [date(2024, 8, 25), date(2024, 8, 26), date(2024, 12, 31), date(2025, 1, 1)]
    assert [a_grant().in_force(day) for day in held] == [False, True, True, False]


def test_p3_1_a_post_needs_the_keys_of_its_scope() -> None:
    assert grants.post_findings(a_grant(), "/grants/0") == []
    found = grants.post_findings(a_grant(role="township_finance"), "/grants/0")
    assert [f.pointer for f in found] == ["/grants/0/territory"]
    assert grants.post_findings(a_grant(role="working_group"), "/g")[0].code == "role"
    assert (
        grants.post_findings(a_grant(role="audit_admin", cleared=True), "/g")[0].code == "cleared"
    )


def test_p3_2_an_administrator_holds_one_role_and_no_business() -> None:
    assert grants.separated(["department", "unit"])
    assert grants.separated(["audit_admin"])
    assert not grants.separated(["audit_admin", "security_admin"])
    assert not grants.separated(["system_admin", "unit"])


def test_p4_3_a_password_is_long_mixed_and_not_a_known_word() -> None:
    def codes(password: str) -> list[str]:
        return [f.code for f in passwords.findings(password, "zhang.san", "/p")]

    assert codes("Zaoqian-2024-Mingbai") == []
    assert codes("Ab1-") == ["password_length"]
    assert codes("alllowercaseletters") == ["password_classes"]
    assert codes("Password1234") == ["password_common"]
    assert codes("Zhang.San-123") == ["password_common"]  # the own name and a run
    assert codes("长" * 128 + "Aa1-") == ["password_length"]


async def test_p4_3_a_password_is_hashed_with_argon2id_and_never_truncated() -> None:
    long = "Aa1-" * 32
    kept = await passwords.hash_of(long)
    assert kept.startswith("$argon2id$v=19$m=65536,t=3,p=1$")
    assert await passwords.matches(long, kept)
    assert not await passwords.matches(long[:-1], kept)
    assert not await passwords.matches(long, None)
