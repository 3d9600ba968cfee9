"""The operations on sessions (proto/gateway/v1/sessions.proto)."""

from functools import partial
from uuid import UUID

from jixiao.api.gateway.v1 import sessions_pb
from jixiao.api.gateway.v1.sessions_pb_grpc import SessionsService
from jixiao.servicekit.rpc import Context, current, validated
from jixiao.servicekit.transaction import Transactions

from ..login import Callers
from . import passwords
from .answering import address_of
from .proving import Proving
from .renewing import RenewingServicer, begun, session_message
from .signing_in import SigningIn


class Sessions(RenewingServicer, SessionsService):
    """Who is signed in."""

    def __init__(self, transactions: Transactions, callers: Callers, signing_in: SigningIn) -> None:
        super().__init__(transactions, callers, signing_in)
        self._proving = Proving(transactions, signing_in)

    async def login(
        self, request: sessions_pb.LoginRequest, context: Context
    ) -> sessions_pb.LoginResponse:
        """Name and password; no claim, so that no answer with a token is stored."""
        validated(request)
        signed_in = await self._signing_in.login(
            request.login_name, request.password, request.code, address_of(context)
        )
        return begun(signed_in, self._rules, token=signed_in.token)

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
        return await self.renewed(request, None, handle)

    async def step_up(
        self, request: sessions_pb.StepUpRequest, context: Context
    ) -> sessions_pb.LoginResponse:
        """Proved anew; the token is in the first answer alone."""
        validated(request)
        address = address_of(context)
        proof = await self._proving.proof(
            current().principal, request.code, request.password, address
        )
        handle = partial(self._proving.step_up, proof, address)
        bare = sessions_pb.StepUpRequest(request_id=request.request_id)
        return await self.renewed(request, bare, handle)

    async def end_other_sessions(
        self, request: sessions_pb.EndOtherSessionsRequest, context: Context
    ) -> sessions_pb.EndOtherSessionsResponse:
        """Signed out everywhere else."""
        answer = await self.command_at_the_door(
            request, self._signing_in.end_others,
            lambda ended: sessions_pb.EndOtherSessionsResponse(ended=ended),
        )  # fmt: skip
        self._callers.forget()
        return sessions_pb.EndOtherSessionsResponse.from_binary(answer)

    async def get_session(
        self, request: sessions_pb.GetSessionRequest, context: Context
    ) -> sessions_pb.Session:
        """Who am I."""
        signed_in = await self.look(request, self._signing_in.session_of)
        return session_message(signed_in, self._rules)

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
        return await self.renewed(request, bare, handle)
