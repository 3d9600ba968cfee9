"""gRPC in for congress packages: a message becomes a command, the answer is rendered."""

from collections.abc import Iterable
from functools import partial
from uuid import UUID

from jixiao.api.disclosure.v1 import packages_pb as pb
from jixiao.api.disclosure.v1.packages_pb_grpc import PackagesService
from jixiao.servicekit import wire
from jixiao.servicekit.rpc import Context, Servicer
from jixiao.servicekit.transaction import Handler, Work

from ..adapters import messages, packages
from ..application import packaging
from ..application.packaging import NamedItem, OnPackage
from .hearing_targets import money
from .rpc import PAGE, following, skipped


def _package(seen: packaging.Seen, version: int) -> pb.Package:
    package, today, line = seen
    return messages.package(package, version, today, line)


def _named(items: Iterable[pb.NamedItem]) -> tuple[NamedItem, ...]:
    return tuple(
        NamedItem(
            UUID(item.programme_id), money(item.amount), item.annual_text,
            tuple(messages.target_row(i) for i in item.indicators), item.note,
        )
        for item in items
    )  # fmt: skip


class PackageCalls(Servicer, PackagesService):
    """Answers `Packages`."""

    async def create_package(
        self, request: pb.CreatePackageRequest, context: Context
    ) -> pb.Package:
        """Open a package."""
        command = wire.read(request, packaging.CreatePackage)
        return await self._act(request, partial(packaging.create_package, command))

    async def submit_package_items(
        self, request: pb.SubmitPackageItemsRequest, context: Context
    ) -> pb.Package:
        """Put programmes in."""
        command = OnPackage(UUID(request.package_id), items=_named(request.items))
        return await self._act(request, partial(packaging.submit_items, command))

    async def check_package(self, request: pb.CheckPackageRequest, context: Context) -> pb.Package:
        """Check it."""
        command = OnPackage(UUID(request.package_id), request.opinion)
        return await self._act(request, partial(packaging.check_package, command))

    async def approve_package(
        self, request: pb.ApprovePackageRequest, context: Context
    ) -> pb.Package:
        """Record the approval."""
        command = OnPackage(UUID(request.package_id), document_number=request.document_number)
        return await self._act(request, partial(packaging.approve_package, command))

    async def submit_package(
        self, request: pb.SubmitPackageRequest, context: Context
    ) -> pb.Package:
        """Hand it to the congress."""
        command = OnPackage(UUID(request.package_id), document_number=request.document_number)
        return await self._act(request, partial(packaging.submit_package, command))

    async def add_supplement(
        self, request: pb.AddSupplementRequest, context: Context
    ) -> pb.Package:
        """Add a supplement."""
        command = OnPackage(UUID(request.package_id), request.text, items=_named(request.items))
        return await self._act(request, partial(packaging.add_supplement, command))

    async def read_package(self, request: pb.ReadPackageRequest, context: Context) -> pb.Package:
        """Record the reading."""
        command = OnPackage(UUID(request.package_id))
        return await self._act(request, partial(packaging.read_package, command))

    async def ask_question(self, request: pb.AskQuestionRequest, context: Context) -> pb.Package:
        """Ask."""
        on = UUID(request.programme_id) if request.programme_id else None
        command = OnPackage(UUID(request.package_id), request.text, programme_id=on)
        return await self._act(request, partial(packaging.ask_question, command))

    async def answer_question(
        self, request: pb.AnswerQuestionRequest, context: Context
    ) -> pb.Package:
        """Answer."""
        command = OnPackage(UUID(request.package_id), request.answer, number=request.number)
        return await self._act(request, partial(packaging.answer_question, command))

    async def close_package(self, request: pb.ClosePackageRequest, context: Context) -> pb.Package:
        """Close it."""
        command = OnPackage(UUID(request.package_id))
        return await self._act(request, partial(packaging.close_package, command))

    async def get_package(self, request: pb.GetPackageRequest, context: Context) -> pb.Package:
        """Read a package."""

        async def look(work: Work) -> pb.Package:
            found = await packages.records.see(work, UUID(request.package_id))
            version = packages.records.version_of(work, found.package_id)
            return messages.package(found, version, work.today, packaging.viewer(work))

        return await self.read(request, look)

    async def list_packages(
        self, request: pb.ListPackagesRequest, context: Context
    ) -> pb.ListPackagesResponse:
        """Packages, newest year first."""
        size, skip = request.page_size or PAGE, skipped(request.page_token)

        async def look(work: Work) -> pb.ListPackagesResponse:
            found = await packages.listed(work, year=request.year, most=size + 1, skip=skip)
            line = packaging.viewer(work)
            shown = [
                messages.package(
                    p, packages.records.version_of(work, p.package_id), work.today, line
                )
                for p in found[:size]
            ]
            return pb.ListPackagesResponse(
                packages=shown, next_page_token=following(len(found), size, skip)
            )

        return await self.read(request, look)

    async def _act(
        self, request: object, handle: "Handler[tuple[packaging.Seen, int]]"
    ) -> pb.Package:
        return await self.once(request, handle, _package)
