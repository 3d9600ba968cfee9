"""The operations on sessions (proto/gateway/v1/sessions.proto)."""

from functools import partial
from typing import Any
from uuid import UUID

from jixiao.api.gateway.v1 import sessions_pb
from jixiao.api.gateway.v1.sessions_pb_grpc import SessionsService
from jixiao.servicekit import wire
from jixiao.servicekit.rpc import Context, current, validated
from jixiao.servicekit.transaction import Handler, Transactions

from ..login import Callers
from . import passwords
from .answering import DoorServicer, address_of, grant_message
from .signing_in import SignedIn, SigningIn


class Sessions(DoorServicer, SessionsService):
    """Who is signed in."""

    def __init__(self, transactions: Transactions, callers: Callers) -> None:
        super().__init__(transactions)
        self._callers = callers
        self._signing_in = SigningIn(transactions)

    async def login(
        self, request: sessions_pb.LoginRequest, context: Context
    ) -> sessions_pb.LoginResponse:
        """Name and password; no claim, so that no answer with a token is stored."""
        validated(request)
        signed_in = await self._signing_in.login(
            request.login_name, request.password, address_of(context)
        )
        return _begun(signed_in, token=signed_in.token)

    async def logout(
        self, request: sessions_pb.LogoutRequest, context: Context
    ) -> sessions_pb.LogoutResponse:
        """End the session."""
        handle = partial(self._signing_in.logout, address=address_of(context))
        answer = await self.command_at_the_door(
            request, handle, lambda _: sessions_pb.LogoutResponse()
        )
        self._callers.forget()
        return sessions_pb.LogoutResponse.from_binary(answer)

    async def choose_grant(
        self, request: sessions_pb.ChooseGrantRequest, context: Context
    ) -> sessions_pb.LoginResponse:
        """Another grant; the token is in the first answer alone."""
        validated(request)
        handle = partial(self._signing_in.choose, UUID(request.grant_id))
        return await self._renewed(request, None, handle)

    async def get_session(
        self, request: sessions_pb.GetSessionRequest, context: Context
    ) -> sessions_pb.Session:
        """Who am I."""
        return _session(await self.look(request, self._signing_in.session_of))

    async def change_password(
        self, request: sessions_pb.ChangePasswordRequest, context: Context
    ) -> sessions_pb.LoginResponse:
        """Another password; the token is in the first answer alone."""
        validated(request)
        account = await self._signing_in.checked(
            current().principal, request.old_password, request.new_password, address_of(context)
        )
        fresh = await passwords.hash_of(request.new_password)
        handle = partial(self._signing_in.change_password, account, fresh)
        bare = sessions_pb.ChangePasswordRequest(request_id=request.request_id)
        return await self._renewed(request, bare, handle)

    async def _renewed(
        self, request: Any, bare: Any, handle: "Handler[SignedIn]"
    ) -> sessions_pb.LoginResponse:
        token = ""

        def render(signed_in: SignedIn) -> sessions_pb.LoginResponse:
            nonlocal token
            token = signed_in.token
            return _begun(signed_in, token="")

        answer = await self.command_at_the_door(request, handle, render, claimed=bare)
        self._callers.forget()
        response = sessions_pb.LoginResponse.from_binary(answer)
        response.session_token = token
        return response


def _begun(signed_in: SignedIn, *, token: str) -> sessions_pb.LoginResponse:
    return sessions_pb.LoginResponse(
        session_token=token, csrf_token=signed_in.session.csrf, session=_session(signed_in)
    )


def _session(signed_in: SignedIn) -> sessions_pb.Session:
    values = {
        "person_id": signed_in.account.person_id,
        "person_name": signed_in.account.name,
        "grant_id": signed_in.grant_id,
        "must_change_password": signed_in.account.must_change,
        "ends_at": signed_in.session.latest_end,
        "today": signed_in.today,
        "csrf_token": signed_in.session.csrf,
    }
    held = [grant_message(grant, in_force=True) for grant in signed_in.grants]
    return wire.write(values, sessions_pb.Session, grants=held)
