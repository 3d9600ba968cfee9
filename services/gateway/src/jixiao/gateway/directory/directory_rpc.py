"""The operations on organisations, accounts and grants (proto/gateway/v1/directory.proto)."""

import asyncio
from datetime import date
from functools import partial
from uuid import UUID

from jixiao.api.gateway.v1 import directory_pb
from jixiao.api.gateway.v1.directory_pb_grpc import DirectoryService
from jixiao.servicekit import wire
from jixiao.servicekit.access import ROLE_KINDS
from jixiao.servicekit.errors import Faulty, NotFound
from jixiao.servicekit.rpc import Context, validated
from jixiao.servicekit.transaction import Transactions, Work
from jixiao.servicekit.values import uuid7

from ..login import Callers
from . import access_log, accounts, delegations, explaining, grants, org_units, passwords, proposals
from .access_log import AccessLog
from .accounts import Account, AccountForm, Person
from .answering import PAGE, DoorServicer, grant_message, page_after, proposal_message
from .grants import Grant
from .org_units import OrgUnit
from .proposals import Ending, Proposal

EXPLAINED = 10
"""Grants on a page, each with everything that it allows."""


class Directory(DoorServicer, DirectoryService):
    """Three administrators, three duties: accounts, grants, the access log."""

    def __init__(self, transactions: Transactions, callers: Callers, log: AccessLog) -> None:
        super().__init__(transactions)
        self._callers, self._log = callers, log

    async def record_org_units(
        self, request: directory_pb.RecordOrgUnitsRequest, context: Context
    ) -> directory_pb.RecordOrgUnitsResponse:
        """Organisations, all or none."""
        validated(request)
        units = [wire.read(unit, OrgUnit) for unit in request.org_units]
        answer = await self.command(
            request, partial(org_units.record, units),
            lambda kept: directory_pb.RecordOrgUnitsResponse(
                org_units=[wire.write(unit, directory_pb.OrgUnit) for unit in kept]
            ),
        )  # fmt: skip
        return directory_pb.RecordOrgUnitsResponse.from_binary(answer)

    async def list_org_units(
        self, request: directory_pb.ListOrgUnitsRequest, context: Context
    ) -> directory_pb.ListOrgUnitsResponse:
        """Organisations by code."""
        size = request.page_size or PAGE
        kind = request.kind.name.lower() if request.kind else ""

        async def look(work: Work) -> list[OrgUnit]:
            return await org_units.page(
                work.connection, kind=kind, territory=request.territory, line=request.line,
                after=request.page_token, size=size,
            )  # fmt: skip

        found = await self.read(request, look)
        return directory_pb.ListOrgUnitsResponse(
            org_units=[wire.write(unit, directory_pb.OrgUnit) for unit in found],
            next_page_token=found[-1].code if len(found) == size else "",
        )

    async def create_accounts(
        self, request: directory_pb.CreateAccountsRequest, context: Context
    ) -> directory_pb.CreateAccountsResponse:
        """People with their accounts; hashes are computed before the transaction."""
        validated(request)
        bare = directory_pb.CreateAccountsRequest.from_binary(request.to_binary())
        found = []
        for number, form in enumerate(request.accounts):
            pointer = f"/accounts/{number}/initial_password"
            found += passwords.findings(form.initial_password, form.login_name, pointer)
            bare.accounts[number].initial_password = ""
        if found:
            raise Faulty(*found)
        hashes = await asyncio.gather(
            *(passwords.hash_of(form.initial_password) for form in request.accounts)
        )
        forms = [
            AccountForm(form.name, form.login_name, hashed)
            for form, hashed in zip(request.accounts, hashes, strict=True)
        ]
        answer = await self.command_at_the_door(
            request,
            partial(accounts.create, forms),
            lambda made: directory_pb.CreateAccountsResponse(
                persons=[wire.write(person, directory_pb.Person) for person in made]
            ),
            claimed=bare,
        )  # fmt: skip
        return directory_pb.CreateAccountsResponse.from_binary(answer)

    async def disable_accounts(
        self, request: directory_pb.DisableAccountsRequest, context: Context
    ) -> directory_pb.DisableAccountsResponse:
        """Shut accounts; their sessions end at once."""
        validated(request)
        person_ids = sorted({UUID(person_id) for person_id in request.person_ids})

        async def shut(work: Work) -> tuple[None, list[object]]:
            await delegations.end_all(person_ids, work)
            return await accounts.disable(person_ids, work)

        answer = await self.command_at_the_door(
            request,
            shut,
            lambda _: directory_pb.DisableAccountsResponse(),
        )  # fmt: skip
        self._callers.forget()
        return directory_pb.DisableAccountsResponse.from_binary(answer)

    async def reset_password(
        self, request: directory_pb.ResetPasswordRequest, context: Context
    ) -> directory_pb.ResetPasswordResponse:
        """A password for the next login; it is in the first answer alone, never in a claim."""
        validated(request)
        fresh = passwords.first()
        hashed, told = await passwords.hash_of(fresh), ""

        async def handle(work: Work) -> tuple[None, list[object]]:
            nonlocal told
            done = await accounts.reset_password(UUID(request.person_id), hashed, work)
            told = fresh
            return done

        await self.command_at_the_door(
            request, handle, lambda _: directory_pb.ResetPasswordResponse()
        )
        self._callers.forget()
        return directory_pb.ResetPasswordResponse(first_password=told)

    async def end_sessions(
        self, request: directory_pb.EndSessionsRequest, context: Context
    ) -> directory_pb.EndSessionsResponse:
        """End a person's sessions at once."""
        answer = await self.command_at_the_door(
            request,
            partial(accounts.end_sessions, UUID(request.person_id)),
            lambda _: directory_pb.EndSessionsResponse(),
        )
        self._callers.forget()
        return directory_pb.EndSessionsResponse.from_binary(answer)

    async def list_persons(
        self, request: directory_pb.ListPersonsRequest, context: Context
    ) -> directory_pb.ListPersonsResponse:
        """People by a part of their name."""
        validated(request)
        size = request.page_size or PAGE
        after = page_after(request.page_token)

        async def look(work: Work) -> list[Person]:
            return await accounts.page(work.connection, request.name, after, size)

        found = await self.read(request, look)
        return directory_pb.ListPersonsResponse(
            persons=[wire.write(person, directory_pb.Person) for person in found],
            next_page_token=str(found[-1].person_id) if len(found) == size else "",
        )

    async def propose_grants(
        self, request: directory_pb.ProposeGrantsRequest, context: Context
    ) -> directory_pb.GrantProposal:
        """Store what one security administrator proposes."""
        validated(request)
        wanted = [_grant(grant) for grant in request.grants]
        endings = [wire.read(ending, Ending) for ending in request.endings]
        answer = await self.command(
            request, partial(proposals.propose, wanted, endings), proposal_message
        )
        return directory_pb.GrantProposal.from_binary(answer)

    async def confirm_grants(
        self, request: directory_pb.ConfirmGrantsRequest, context: Context
    ) -> directory_pb.GrantProposal:
        """Put into force, by another; from the next request on."""
        validated(request)
        handle = partial(proposals.confirm, UUID(request.proposal_id))
        answer = await self.command(request, handle, proposal_message)
        self._callers.forget()
        return directory_pb.GrantProposal.from_binary(answer)

    async def list_grant_proposals(
        self, request: directory_pb.ListGrantProposalsRequest, context: Context
    ) -> directory_pb.ListGrantProposalsResponse:
        """What waits for its confirmation."""
        validated(request)
        size = request.page_size or PAGE
        after = page_after(request.page_token)

        async def look(work: Work) -> list[Proposal]:
            return await proposals.waiting(work.connection, after, size)

        found = await self.read(request, look)
        return directory_pb.ListGrantProposalsResponse(
            proposals=[proposal_message(proposal) for proposal in found],
            next_page_token=str(found[-1].proposal_id) if len(found) == size else "",
        )

    async def explain_access(
        self, request: directory_pb.ExplainAccessRequest, context: Context
    ) -> directory_pb.ExplainAccessResponse:
        """A person's grants, each with what it allows and why it holds or not."""
        validated(request)
        person_id = UUID(request.person_id)
        size, after = request.page_size or EXPLAINED, page_after(request.page_token)

        async def look(work: Work) -> directory_pb.ExplainAccessResponse:
            account = await accounts.by_person(work.connection, person_id)
            if account is None:
                raise NotFound
            every = await grants.of_person(work.connection, person_id)
            held = [grant for grant in every if grant.grant_id > after][:size]
            loans = await grants.loans_of(work.connection, (person_id,), work.today)
            return directory_pb.ExplainAccessResponse(
                person_name=account.name,
                disabled=account.disabled,
                grants=[grant_message(g, in_force=g.in_force(work.today)) for g in held],
                explained=[_explained(grant, account, work.today) for grant in held],
                tied=list(grants.ties(person_id, None, loans, work.today)),
                next_page_token=str(held[-1].grant_id) if len(held) == size else "",
            )

        return await self.read(request, look)

    async def list_access_log(
        self, request: directory_pb.ListAccessLogRequest, context: Context
    ) -> directory_pb.ListAccessLogResponse:
        """Who came in, newest first, with what has just been denied."""
        validated(request)
        await self._log.flush()
        size = request.page_size or PAGE
        before = UUID(request.page_token) if request.page_token else access_log.LAST

        async def look(work: Work) -> directory_pb.ListAccessLogResponse:
            rows = await access_log.page(
                work.connection, person_id=request.person_id, outcome=request.outcome,
                programme_id=request.programme_id, before=before, size=size,
            )  # fmt: skip
            return directory_pb.ListAccessLogResponse(
                entries=[
                    wire.write(dict(row), directory_pb.AccessLogEntry, entry_id=str(row["id"]))
                    for row in rows
                ],
                next_page_token=str(rows[-1]["id"]) if len(rows) == size else "",
            )

        return await self.look(request, look)


def _explained(grant: Grant, account: Account, today: date) -> directory_pb.GrantExplained:
    return directory_pb.GrantExplained(
        grant_id=str(grant.grant_id), why_not=explaining.why_not(grant, account, today),
        scope=explaining.scope_of(grant), scope_kind=ROLE_KINDS[grant.role],
        allows=[
            wire.write(rule, directory_pb.AllowedAction) for rule in explaining.of_grant(grant)
        ],
    )  # fmt: skip


def _grant(message: directory_pb.Grant) -> Grant:
    """A proposed grant; its id is ours, its keys come from records alone."""
    return Grant(
        uuid7(), UUID(message.person_id), message.role.name.lower(), message.territory,
        message.line, message.unit, date.fromisoformat(message.from_on),
        date.fromisoformat(message.to_on) if message.to_on else None, message.basis,
        cleared=message.cleared,
    )  # fmt: skip
