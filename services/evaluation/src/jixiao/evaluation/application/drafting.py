"""Form drafts of a post (P5.8)."""

from dataclasses import dataclass
from uuid import UUID, uuid5

from jixiao.servicekit.errors import EtagMissing, NotFound, Stale
from jixiao.servicekit.transaction import Work
from jixiao.servicekit.values import Coordinates

from ..adapters import store
from ..domain.draft import Draft

_SPACE = UUID("6f1f3a52-6c1c-5b7e-9f58-2b8c6f0d5a11")


@dataclass(frozen=True, slots=True)
class SaveDraft:
    """A form's JSON text under a key of the form's choosing."""

    form: str
    key: str
    body: str
    origin: str = ""


async def save_draft(command: SaveDraft, work: Work) -> tuple[tuple[Draft, int], list[object]]:
    """Keep a draft of the caller's post; two editors share one version.

    Raises EtagMissing or Stale where another version is there, DraftNotJson.
    """
    found = await _find(work, command.form, command.key)
    grant = work.principal
    draft = found or Draft(
        draft_id=draft_id(work, command.form, command.key),
        coordinates=_post(work),
        year=work.today.year,
        role=grant.role,
        form=command.form,
        key=command.key,
    )
    if found is not None:
        current = store.drafts.version_of(work, draft.draft_id)
        if not work.etag:
            raise EtagMissing
        if work.etag != str(current):
            raise Stale(current=current)
    draft.save(command.body, command.origin, work.person, work.today)
    if found is None:
        await store.drafts.add(work, draft)
    else:
        await store.drafts.save(work, draft)
    return (draft, store.drafts.version_of(work, draft.draft_id)), []


def draft_id(work: Work, form: str, key: str) -> UUID:
    """The id of the caller's post's draft: the same for both its editors."""
    return _id(form, key, work.principal.role, _post(work))


async def reopen_draft(
    work: Work, form: str, key: str, body: str, *, role: str, at: Coordinates
) -> None:
    """A filed form is returned to its post, whose draft has its content again."""
    known = _id(form, key, role, at)
    try:
        draft = await store.drafts.get(work, known)
    except NotFound:
        draft = Draft(known, at, work.today.year, role, form, key)
        draft.reopen(body, work.today)
        await store.drafts.add(work, draft)
        return
    draft.reopen(body, work.today)
    await store.drafts.save(work, draft)


def _id(form: str, key: str, role: str, at: Coordinates) -> UUID:
    return uuid5(_SPACE, "/".join((form, key, role, at.territory, at.line, at.unit)))


async def end_draft(work: Work, form: str, key: str) -> None:
    """The form was filed: the draft of the caller's post has done its work."""
    if (draft := await _find(work, form, key)) is not None:
        draft.end()
        await store.drafts.save(work, draft)


async def _find(work: Work, form: str, key: str) -> Draft | None:
    try:
        return await store.drafts.get(work, draft_id(work, form, key))
    except NotFound:
        return None


def _post(work: Work) -> Coordinates:
    grant = work.principal
    return Coordinates(grant.territory, grant.line or "-", grant.unit or "-")
