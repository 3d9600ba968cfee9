"""Answers that begin a session: the token stands in the first answer alone, never in a claim."""

from typing import Any

from jixiao.api.gateway.v1 import sessions_pb
from jixiao.servicekit import wire
from jixiao.servicekit.transaction import Handler, Transactions

from ..login import Callers
from .answering import DoorServicer, grant_message
from .sign_in_rules import SignInRules
from .signing_in import SignedIn, SigningIn


class RenewingServicer(DoorServicer):
    """Operations that put a session with a new token in the place of the caller's."""

    def __init__(self, transactions: Transactions, callers: Callers, signing_in: SigningIn) -> None:
        super().__init__(transactions)
        self._callers, self._signing_in, self._rules = callers, signing_in, signing_in.rules

    async def renewed(
        self, request: Any, bare: Any, handle: "Handler[SignedIn]"
    ) -> sessions_pb.LoginResponse:
        """Run `handle`, which begins a session; `bare` is the request without its secrets."""
        token = ""

        def render(signed_in: SignedIn) -> sessions_pb.LoginResponse:
            nonlocal token
            token = signed_in.token
            return begun(signed_in, self._rules, token="")

        answer = await self.command_at_the_door(request, handle, render, claimed=bare)
        self._callers.forget()
        response = sessions_pb.LoginResponse.from_binary(answer)
        response.session_token = token
        return response


def begun(signed_in: SignedIn, rules: SignInRules, *, token: str) -> sessions_pb.LoginResponse:
    """The answer of a session's beginning."""
    return sessions_pb.LoginResponse(
        session_token=token, csrf_token=signed_in.session.csrf,
        session=session_message(signed_in, rules),
    )  # fmt: skip


def session_message(signed_in: SignedIn, rules: SignInRules) -> sessions_pb.Session:
    """A session, as its person sees it."""
    values = {
        "person_id": signed_in.account.person_id,
        "person_name": signed_in.account.name,
        "grant_id": signed_in.grant_id,
        "must_change_password": signed_in.account.must_change,
        "must_enrol_factor": signed_in.session.pending,
        "second_factor_off": not rules.second_factor,
        "ends_at": signed_in.session.latest_end,
        "stepped_up_at": signed_in.session.stepped_up_at,
        "today": signed_in.today,
        "csrf_token": signed_in.session.csrf,
    }
    held = [grant_message(grant, in_force=True) for grant in signed_in.grants]
    return wire.write(values, sessions_pb.Session, grants=held)
