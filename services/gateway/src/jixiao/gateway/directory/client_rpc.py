"""The operations on client systems (proto/gateway/v1/clients.proto)."""

from collections.abc import Awaitable, Callable
from functools import partial
from uuid import UUID

from jixiao.api.gateway.v1 import clients_pb
from jixiao.api.gateway.v1.clients_pb_grpc import ClientsService
from jixiao.servicekit import wire
from jixiao.servicekit.access import system
from jixiao.servicekit.errors import Faulty, Finding
from jixiao.servicekit.rpc import Context, validated
from jixiao.servicekit.transaction import Transactions, Work

from ..login import Callers
from . import access_log, client_tokens, clients, passwords, proofs
from .access_log import AccessLog, Entry
from .answering import PAGE, DoorServicer, page_after, source_of
from .client_tokens import Proof
from .clients import Client, ClientForm
from .errors import LoginFailed

Made = tuple[Client, list[object]]


class Clients(DoorServicer, ClientsService):
    """Client systems, kept by the system administrator."""

    def __init__(
        self, transactions: Transactions, callers: Callers, log: AccessLog, audience: str
    ) -> None:
        super().__init__(transactions)
        self._callers, self._log, self._audience = callers, log, audience

    async def create_client(
        self, request: clients_pb.CreateClientRequest, context: Context
    ) -> clients_pb.CreateClientResponse:
        """A client system; its secret is in the first answer alone."""
        validated(request)
        form = ClientForm(
            request.name, request.owner, request.role.name.lower(), request.territory,
            tuple(request.addresses), request.per_second,
        )  # fmt: skip

        async def create(secret: str, work: Work) -> Made:
            key = proofs.key_of(request.public_key, request.certificate, work.at)
            return await clients.create(form, secret, key, work)

        return await self._with_secret(request, create)

    async def list_clients(
        self, request: clients_pb.ListClientsRequest, context: Context
    ) -> clients_pb.ListClientsResponse:
        """Clients by id."""
        validated(request)
        size = request.page_size or PAGE
        after = page_after(request.page_token)

        async def look(work: Work) -> clients_pb.ListClientsResponse:
            found = await clients.page(work.connection, after, size)
            return clients_pb.ListClientsResponse(
                clients=[_client(client) for client in found],
                next_page_token=str(found[-1].client_id) if len(found) == size else "",
            )

        return await self.look(request, look)

    async def change_client(
        self, request: clients_pb.ChangeClientRequest, context: Context
    ) -> clients_pb.Client:
        """Owner, addresses, rate."""
        change = partial(
            clients.change, UUID(request.client_id), request.owner, list(request.addresses),
            request.per_second,
        )  # fmt: skip
        return await self._changed(request, change)

    async def rotate_client_secret(
        self, request: clients_pb.RotateClientSecretRequest, context: Context
    ) -> clients_pb.CreateClientResponse:
        """Another secret, in the first answer alone."""
        validated(request)

        async def rotate(secret: str, work: Work) -> Made:
            client_id = UUID(request.client_id)
            return await clients.rotate_secret(client_id, secret, work, at_once=request.at_once)

        return await self._with_secret(request, rotate)

    async def add_client_key(
        self, request: clients_pb.AddClientKeyRequest, context: Context
    ) -> clients_pb.Client:
        """Another key or certificate."""

        async def add(work: Work) -> Made:
            key = proofs.key_of(request.public_key, request.certificate, work.at)
            if key is None:
                raise Faulty(Finding("/public_key", "required", "请填写公钥或者证书。"))
            return await clients.add_key(UUID(request.client_id), key, work)

        return await self._changed(request, add)

    async def retire_client_key(
        self, request: clients_pb.RetireClientKeyRequest, context: Context
    ) -> clients_pb.Client:
        """End a key or certificate."""
        retire = partial(clients.retire_key, UUID(request.client_id), UUID(request.key_id))
        return await self._changed(request, retire)

    async def disable_client(
        self, request: clients_pb.DisableClientRequest, context: Context
    ) -> clients_pb.Client:
        """Shut a client."""
        return await self._changed(request, partial(clients.disable, UUID(request.client_id)))

    async def issue_client_token(
        self, request: clients_pb.IssueClientTokenRequest, context: Context
    ) -> clients_pb.IssueClientTokenResponse:
        """A bearer token for a proof; no claim, so that no token is stored."""
        validated(request)
        source = source_of(context)
        proof = Proof(request.client_secret, request.client_assertion)

        async def handle(work: Work) -> tuple[str, list[object]]:
            client_id = UUID(request.client_id)
            token, events = await client_tokens.issue(
                client_id, proof, source, self._audience, work
            )
            await access_log.write(noted("token"), work)
            return token, events

        def noted(outcome: str) -> Entry:
            return Entry(
                "client.issue_token", outcome, person_id=request.client_id, address=source.address
            )

        try:
            token = await self.transactions.act(system("door"), "client.issue_token", handle)
        except LoginFailed:
            self._log.note(noted("login_failed"))
            raise
        return clients_pb.IssueClientTokenResponse(
            access_token=token, expires_in=int(client_tokens.LIFE.total_seconds())
        )

    async def _with_secret(
        self,
        request: "clients_pb.CreateClientRequest | clients_pb.RotateClientSecretRequest",
        make: Callable[[str, Work], Awaitable[Made]],
    ) -> clients_pb.CreateClientResponse:
        """Run a command that may give a secret; a repeat of the request does not tell it again."""
        secret = passwords.secret()
        told = ""

        async def handle(work: Work) -> Made:
            nonlocal told
            client, events = await make(secret, work)
            told = secret if client.has_secret else ""
            return client, events

        answer = await self.command_at_the_door(
            request,
            handle,
            lambda client: clients_pb.CreateClientResponse(
                client_id=str(client.client_id), etag=wire.etag(client.version)
            ),
        )
        self._callers.forget()
        response = clients_pb.CreateClientResponse.from_binary(answer)
        response.client_secret = told
        return response

    async def _changed(
        self, request: object, change: Callable[[Work], Awaitable[Made]]
    ) -> clients_pb.Client:
        answer = await self.command_at_the_door(request, change, _client)
        self._callers.forget()
        return clients_pb.Client.from_binary(answer)


def _client(client: Client) -> clients_pb.Client:
    return wire.write(client, clients_pb.Client, etag=wire.etag(client.version))
