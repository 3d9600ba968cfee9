"""Deputies for a time, on real PostgreSQL and gRPC (P3.1, P3.2)."""

from datetime import timedelta
from pathlib import Path

from people import (
    DEPARTMENT,
    PASSWORD,
    UNIT,
    Installed,
    Signed,
    codes,
    day_of,
    post,
    refused,
    signed_in,
)

from jixiao.api.access.v1.access_pb import Role
from jixiao.api.gateway.v1 import directory_pb, posts_pb, sessions_pb
from jixiao.gateway.login import Callers
from jixiao.servicekit.clock import Clock
from jixiao.servicekit.testing import request_id


async def test_p31_a_deputy_acts_for_the_holder_from_the_next_request(offices: Installed) -> None:
    holder = await signed_in(offices, "holder", post())
    deputy = await signed_in(offices, "deputy", post(Role.UNIT, unit=UNIT))
    own = await deputy.seen()
    assert (own.principal.role, own.principal.tied) == ("unit", ())  # control: nothing lent yet

    lent = await holder.lend(deputy)

    assert list(lent.actions) == ["record.read", "target.review_line"]
    await deputy.choose(lent.grant_id)
    acting = (await deputy.seen()).principal
    assert (acting.person, acting.obo) == (deputy.person, holder.person)
    assert (acting.role, acting.line, acting.unit) == ("department", DEPARTMENT, "")
    roles = frozenset({"department"})
    assert acting.may_call("target.review_line", roles)
    assert not acting.may_call("target.release", roles)
    assert acting.may_call("session.choose_grant", frozenset({"signed_in"}))
    # Each is to the other no "another", under whatever grant.
    assert acting.tied == (holder.person,)
    assert (await holder.seen()).principal.tied == (deputy.person,)


async def test_p41_what_is_taken_back_gives_nothing_at_the_next_request(
    offices: Installed,
) -> None:
    holder = await signed_in(offices, "holder-2", post())
    deputy = await signed_in(offices, "deputy-2", post(Role.UNIT, unit=UNIT))
    stranger = await signed_in(offices, "stranger-2", post())
    lent = await holder.lend(deputy)
    await deputy.choose(lent.grant_id)
    back = posts_pb.TakeBackPostRequest(grant_id=lent.grant_id, request_id=request_id())
    take_back = offices.posts.take_back_post

    assert (await refused(stranger.do(take_back, back))).reason == "not_found"
    assert (await deputy.seen()).grant_id == lent.grant_id  # control
    await holder.do(take_back, back)
    offices.callers.forget()

    assert (await deputy.seen()).principal.role == "anyone"
    assert (await holder.seen()).principal.tied == ()
    listed = await holder.do(offices.posts.list_delegations, posts_pb.ListDelegationsRequest())
    assert [(g.grant_id, g.in_force) for g in listed.given] == [(lent.grant_id, False)]


async def test_p31_a_loan_ends_with_its_day_and_with_the_post_it_is_lent_from(
    offices: Installed, tmp_path: Path
) -> None:
    today = await day_of(offices)
    holder = await signed_in(offices, "holder-3", post())
    deputy = await signed_in(offices, "deputy-3", post(Role.UNIT, unit=UNIT))
    lent = await holder.lend(deputy, to_on=today.isoformat())
    await deputy.choose(lent.grant_id)
    assert (await deputy.seen()).grant_id == lent.grant_id
    path = tmp_path / "tomorrow"
    path.write_text("1", encoding="ascii")
    transactions = offices.up.running.transactions
    transactions.clock, held = Clock(path), transactions.clock
    try:
        assert (await deputy.seen(Callers(transactions))).principal.role == "anyone"
    finally:
        transactions.clock = held

    again = await holder.lend(deputy)
    await deputy.choose(again.grant_id)
    ending = directory_pb.GrantEnding(
        grant_id=(await holder.seen()).grant_id, to_on=(today - timedelta(days=1)).isoformat()
    )
    proposal = await offices.admin(2)(
        offices.directory.propose_grants,
        directory_pb.ProposeGrantsRequest(endings=[ending], request_id=request_id()),
    )
    await offices.confirm(proposal)
    offices.callers.forget()
    assert (await holder.seen()).principal.role == "anyone"
    assert (await deputy.seen()).principal.role == "anyone"


async def test_p31_a_loan_is_short_own_and_never_passed_on(offices: Installed) -> None:
    today = await day_of(offices)
    holder = await signed_in(offices, "holder-4", post())
    deputy = await signed_in(offices, "deputy-4", post(Role.UNIT, unit=UNIT))
    third = await signed_in(offices, "third-4", post(Role.UNIT, unit=UNIT))
    own = (await deputy.seen()).grant_id

    def until(days: int) -> str:
        day: str = (today + timedelta(days=days)).isoformat()
        return day

    assert await codes(holder.lend(deputy, to_on=until(90))) == ["too_long"]
    assert await codes(holder.lend(deputy, from_on=until(-1))) == ["days"]
    assert await codes(holder.lend(holder)) == ["oneself"]
    assert await codes(holder.lend(deputy, actions=["target.release", "grant.confirm"])) == [
        "action"
    ]
    assert (await refused(holder.lend(third, grant_id=own))).reason == "not_found"
    admin = Signed(offices, str(offices.first[0].person_id), "")
    assert await codes(holder.lend(admin)) == ["separation"]

    lent = await holder.lend(deputy, to_on=until(89))  # the ninetieth day is the last
    assert await codes(deputy.lend(third, grant_id=lent.grant_id)) == ["passed_on"]
    for _ in range(4):
        await holder.lend(deputy)
    assert await codes(holder.lend(deputy)) == ["too_many", "too_many"]


async def test_p32_no_administrator_lends_his_post(offices: Installed) -> None:
    first = offices.first[1]
    login = sessions_pb.LoginRequest(login_name=first.login_name, password=first.password)
    begun = await offices.anyone(offices.sessions.login, login)
    admin = Signed(offices, str(first.person_id), begun.session_token)
    deputy = await signed_in(offices, "deputy-5", post(Role.UNIT, unit=UNIT))
    (own,) = begun.session.grants
    assert (await refused(admin.lend(deputy, grant_id=own.grant_id))).reason == "FORBIDDEN"
    change = sessions_pb.ChangePasswordRequest(
        old_password=first.password, new_password=f"{PASSWORD}-3", request_id=request_id()
    )
    changed = await admin.do(offices.sessions.change_password, change)
    offices.callers.forget()
    admin.token = changed.session_token
    assert "administrator" in await codes(
        admin.lend(deputy, grant_id=own.grant_id, actions=["account.manage"])
    )


async def test_p41_nobody_acts_for_one_whose_account_is_shut(offices: Installed) -> None:
    holder = await signed_in(offices, "holder-6", post())
    deputy = await signed_in(offices, "deputy-6", post(Role.UNIT, unit=UNIT))
    await deputy.choose((await holder.lend(deputy)).grant_id)
    await offices.admin(0)(
        offices.directory.disable_accounts,
        directory_pb.DisableAccountsRequest(person_ids=[holder.person], request_id=request_id()),
    )
    offices.callers.forget()
    assert (await deputy.seen()).principal.role == "anyone"


async def test_p43_nobody_lends_a_post_before_his_second_factor(offices: Installed) -> None:
    holder = await signed_in(offices, "holder-9", post())
    deputy = await signed_in(offices, "deputy-9", post(Role.UNIT, unit=UNIT))
    seen = await holder.seen()
    await holder.lend(deputy)  # control
    transactions = offices.up.running.transactions
    async with transactions.database.begin(job=True) as connection:
        await connection.raw.execute("SET LOCAL ROLE s_system")
        await connection.raw.execute(
            "UPDATE jx.sessions SET pending = true WHERE id = $1", seen.session
        )
    lend = holder.lend(deputy, grant_id=seen.grant_id)
    assert (await refused(lend)).reason == "FORBIDDEN"
