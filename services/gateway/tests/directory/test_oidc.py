"""Sign-in by an OpenID provider: a certified one in its own process, and one that lies (P4.4)."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from time import monotonic
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from grpc import aio
from openid_provider import CLIENT, SECRET, Liar, honest, lying

from jixiao.api.gateway.v1 import directory_pb, identities_pb
from jixiao.gateway.app import Wiring, create
from jixiao.gateway.calling import Peers
from jixiao.gateway.directory import oidc, sign_in_rules
from jixiao.gateway.directory.access_log import AccessLog
from jixiao.gateway.directory.errors import OidcRefused
from jixiao.gateway.directory.oidc import OidcSettings, Provider
from jixiao.gateway.directory.signing_in import SigningIn
from jixiao.gateway.limits import Limiter, Rates
from jixiao.gateway.oidc_door import OidcDoor
from jixiao.gateway.routes import Routes, contract_services
from jixiao.gateway.tokens import Minter
from jixiao.servicekit.errors import Unavailable
from jixiao.servicekit.testing import refusal, request_id

SITE = "https://jx.test"
REDIRECT = f"{SITE}/v1/oidc/callback"


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    with honest(REDIRECT) as started:
        yield started


@pytest.fixture
def liar() -> Iterator[Liar]:
    with lying() as started:
        yield started


@asynccontextmanager
async def site(gateway: Any, folder: Path, issuer: str) -> AsyncIterator[httpx.AsyncClient]:
    """A browser at a gateway that signs people in by this issuer."""
    transactions = gateway.up.running.transactions
    provider = Provider(OidcSettings(issuer, CLIENT, SECRET, REDIRECT))
    door = OidcDoor(
        transactions, provider, SigningIn(transactions, sign_in_rules.OFF).begin, AccessLog(transactions),
        two_factors=True, secure=True,
    )  # fmt: skip
    peers = Peers({"gateway": f"127.0.0.1:{gateway.up.running.port}"})
    wiring = Wiring(
        Routes(contract_services()), peers, Minter(folder / "private.json"),
        gateway.callers.caller_of, Limiter(Rates.generous()), oidc=door,
    )  # fmt: skip
    transport = httpx.ASGITransport(create(wiring))
    async with httpx.AsyncClient(transport=transport, base_url=SITE) as browser:
        yield browser
    await provider.close()
    await peers.close()


@pytest.fixture
async def browser(gateway: Any, folder: Path, issuer: str) -> AsyncIterator[httpx.AsyncClient]:
    async with site(gateway, folder, issuer) as one:
        yield one


async def account(gateway: Any, login_name: str) -> str:
    """A person with a post whose password is changed already; the person's id."""
    (person,) = await gateway.accounts(login_name)
    await gateway.give(gateway.finance(person))
    with gateway.up.postgres.admin(gateway.up.database) as admin:
        admin.execute("UPDATE jx.accounts SET must_change = false WHERE id = %s", [person])
    return str(person)


async def link(gateway: Any, person: str, issuer: str, subject: str) -> Any:
    """Linked by the one system administrator, not yet confirmed."""
    request = identities_pb.LinkIdentityRequest(
        person_id=person, issuer=issuer, subject=subject, request_id=request_id()
    )
    return await gateway.admin(0)(gateway.identities.link_identity, request)


async def confirm(gateway: Any, linked: Any, by: int = 1) -> Any:
    """Confirmed by the other."""
    request = identities_pb.ConfirmIdentityRequest(
        identity_id=linked.identity_id, request_id=request_id()
    )
    return await gateway.admin(by)(gateway.identities.confirm_identity, request)


async def linked(gateway: Any, issuer: str, subject: str) -> str:
    """An account that the identity opens."""
    person = await account(gateway, f"oidc-{subject}".lower())
    await confirm(gateway, await link(gateway, person, issuer, subject))
    return person


async def begun(browser: httpx.AsyncClient) -> str:
    """Where the gateway sends the browser."""
    answer = await browser.get("/v1/oidc/begin")
    assert answer.status_code == 302, answer.text
    return str(answer.headers["location"])


async def at_provider(where: str, subject: str, **result: Any) -> str:
    """Sign in at the certified provider; where it sends the browser back to."""
    async with httpx.AsyncClient() as http:
        answer = await http.get(where)
        page = httpx.URL(where).join(answer.headers["location"])
        chosen = {"sub": subject, "amr": ["pwd", "mfa"]} | result
        answer = await http.post(page, json=chosen)
        answer = await http.get(answer.headers["location"])
        return str(answer.headers["location"])


def changed(address: str, **parameters: str | None) -> str:
    """An address with other parameters; None takes one away."""
    parts = urlsplit(address)
    given = {k: v[0] for k, v in parse_qs(parts.query).items()} | parameters
    kept = {k: v for k, v in given.items() if v is not None}
    return parts._replace(query=urlencode(kept)).geturl()


def parameter(address: str, name: str) -> str:
    """One parameter of an address."""
    return parse_qs(urlsplit(address).query)[name][0]


async def refused(browser: httpx.AsyncClient, address: str) -> str:
    """The code with which coming back is refused; no session begins."""
    answer = await browser.get(address)
    assert answer.status_code == 401, answer.text
    assert "__Host-jx" not in browser.cookies
    return str(answer.json()["code"])


async def test_p44_a_linked_person_signs_in_by_the_provider(
    gateway: Any, browser: httpx.AsyncClient, issuer: str
) -> None:
    person = await linked(gateway, issuer, "u-zhang")
    where = await begun(browser)
    assert parameter(where, "code_challenge_method") == "S256"
    assert parameter(where, "redirect_uri") == REDIRECT
    assert len(parameter(where, "state")) == len(parameter(where, "nonce")) == 43
    answer = await browser.get(await at_provider(where, "u-zhang"))
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert "HttpOnly" in answer.headers["set-cookie"]
    session = (await browser.get("/v1/session")).json()
    assert session["person_id"] == person
    # The claim `roles` of the provider's answer gives nothing: grants are the directory's.
    assert [grant["territory"] for grant in session["grants"]] == ["370303"]


async def test_p44_coming_back_is_good_once_and_in_the_browser_that_began(
    gateway: Any, folder: Path, browser: httpx.AsyncClient, issuer: str
) -> None:
    await linked(gateway, issuer, "u-li")
    back = await at_provider(await begun(browser), "u-li")
    async with site(gateway, folder, issuer) as other:
        assert await refused(other, back) == "oidc_refused"  # no cookie of this sign-in
        await begun(other)
        assert await refused(other, back) == "oidc_refused"  # another sign-in's cookie
    held = dict(browser.cookies)
    assert (await browser.get(back)).status_code == 303  # control
    browser.cookies.clear()
    browser.cookies.update({k: v for k, v in held.items() if k != "__Host-jx"})
    assert await refused(browser, back) == "oidc_refused"


@pytest.mark.parametrize(
    "parameters",
    [
        {"state": None}, {"state": "x" * 43}, {"code": None}, {"code": "x"},
        {"iss": "https://elsewhere.cn"}, {"code": None, "error": "access_denied"},
    ],
    ids=["no state", "other state", "no code", "other code", "other issuer", "denied"],
)  # fmt: skip
async def test_p44_coming_back_with_anything_else_is_refused(
    gateway: Any, browser: httpx.AsyncClient, issuer: str, parameters: dict[str, str | None]
) -> None:
    back = await at_provider(await begun(browser), "u-li")
    assert await refused(browser, changed(back, **parameters)) == "oidc_refused"


async def test_p44_a_tampered_request_gives_no_session(
    gateway: Any, browser: httpx.AsyncClient, issuer: str
) -> None:
    """What a man in the browser changes on the way out is noticed by the provider or on the way back."""
    where = await begun(browser)
    async with httpx.AsyncClient() as http:
        for parameters in (
            {"redirect_uri": "https://evil.cn/callback"},
            {"code_challenge": None, "code_challenge_method": None},
        ):
            answer = await http.get(changed(where, **parameters))
            assert "evil.cn" not in answer.headers.get("location", "")
            assert "code=" not in answer.headers.get("location", "")
    back = await at_provider(changed(where, nonce="another"), "u-li")
    assert await refused(browser, back) == "oidc_refused"
    back = await at_provider(changed(await begun(browser), code_challenge="A" * 43), "u-li")
    assert await refused(browser, back) == "oidc_refused"
    back = await at_provider(changed(await begun(browser), client_id="another"), "u-li")
    assert await refused(browser, back) == "oidc_refused"


async def test_p44_only_a_confirmed_link_opens_an_account_and_no_mail_address_does(
    gateway: Any, browser: httpx.AsyncClient, issuer: str
) -> None:
    person = await account(gateway, "zhao@example.cn".partition("@")[0])

    async def opens() -> bool:
        answer = await browser.get(await at_provider(await begun(browser), "u-zhao"))
        if answer.status_code == 401:
            assert answer.json()["code"] == "oidc_unlinked"
        browser.cookies.clear()
        return answer.status_code == 303

    assert not await opens()  # the provider's mail address is of the very name
    one = await link(gateway, person, issuer, "u-zhao")
    assert not await opens()
    with pytest.raises(aio.AioRpcError) as alone:
        await confirm(gateway, one, by=0)
    assert refusal(alone.value).reason == "second_person"
    await confirm(gateway, one)
    assert await opens()
    request = identities_pb.UnlinkIdentityRequest(
        identity_id=one.identity_id, request_id=request_id()
    )
    await gateway.admin(1)(gateway.identities.unlink_identity, request)
    assert not await opens()
    await confirm(gateway, await link(gateway, person, "https://elsewhere.cn", "u-zhao"))
    assert not await opens()  # the same subject of another issuer


async def test_p44_a_disabled_account_stays_shut(
    gateway: Any, browser: httpx.AsyncClient, issuer: str
) -> None:
    person = await linked(gateway, issuer, "u-gone")
    back = await at_provider(await begun(browser), "u-gone")
    request = directory_pb.DisableAccountsRequest(person_ids=[person], request_id=request_id())
    await gateway.admin(0)(gateway.directory.disable_accounts, request)
    assert await refused(browser, back) == "oidc_unlinked"


async def test_p32_p44_nobody_links_himself_and_an_identity_opens_one_account(
    gateway: Any, issuer: str
) -> None:
    own = str(gateway.first[0].person_id)
    other = str(gateway.first[1].person_id)
    with pytest.raises(aio.AioRpcError) as caught:
        await link(gateway, own, issuer, "u-admin")
    assert refusal(caught.value).reason == "own_identity"
    for_other = await link(gateway, other, issuer, "u-admin")
    with pytest.raises(aio.AioRpcError) as caught:
        await confirm(gateway, for_other, by=1)
    assert refusal(caught.value).reason == "own_identity"
    with pytest.raises(aio.AioRpcError) as caught:
        await link(gateway, str(gateway.first[2].person_id), issuer, "u-admin")
    assert [f.code for f in refusal(caught.value).findings] == ["taken"]


async def test_p43_one_factor_at_the_provider_is_not_enough(
    gateway: Any, browser: httpx.AsyncClient, issuer: str
) -> None:
    await linked(gateway, issuer, "u-sun")
    back = await at_provider(await begun(browser), "u-sun", amr=["pwd"])
    assert await refused(browser, back) == "oidc_one_factor"
    back = await at_provider(await begun(browser), "u-sun", amr=["pwd"], acr="mfa")
    assert (await browser.get(back)).status_code == 303  # control


LIES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "another nonce": ({"nonce": "another"}, {}),
    "no nonce": ({"nonce": None}, {}),
    "another audience": ({"aud": "another"}, {}),
    "our audience among others": ({"aud": [CLIENT, "another"]}, {}),
    "another party": ({"azp": "another"}, {}),
    "another issuer": ({"iss": "https://elsewhere.cn"}, {}),
    "ended": ({"exp": 1_700_000_000}, {}),
    "no end": ({"exp": None}, {}),
    "no subject": ({"sub": None}, {}),
    "no algorithm": ({}, {"alg": "none"}),
    "the public key as a secret": ({}, {"alg": "HS256"}),
    "an algorithm of another strength": ({}, {"alg": "RS512"}),
    "an unknown key": ({}, {"kid": "2"}),
}


@pytest.mark.parametrize(("claims", "header"), LIES.values(), ids=LIES)
async def test_p44_an_id_token_that_is_not_ours_is_refused(
    liar: Liar, claims: dict[str, Any], header: dict[str, Any]
) -> None:
    provider = Provider(OidcSettings(liar.issuer, CLIENT, SECRET, REDIRECT))
    liar.nonce = "n"
    found = await provider.identity("code", "verifier", "n")
    assert (found.subject, found.two_factored) == ("u-1", True)  # control
    liar.claims, liar.header = claims, header
    with pytest.raises(OidcRefused):
        await provider.identity("code", "verifier", "n")
    await provider.close()


async def test_p44_a_signature_by_another_key_is_refused(liar: Liar) -> None:
    liar.published = generate_private_key(65537, 2048)
    provider = Provider(OidcSettings(liar.issuer, CLIENT, SECRET, REDIRECT))
    with pytest.raises(OidcRefused):
        await provider.identity("code", "verifier", "")
    await provider.close()


async def test_p44_keys_are_read_again_at_most_once_a_minute(
    liar: Liar, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider = Provider(OidcSettings(liar.issuer, CLIENT, SECRET, REDIRECT))
    at = monotonic()
    monkeypatch.setattr(oidc, "monotonic", lambda: at)
    await provider.read(liar.token(), "")
    liar.header = {"kid": "2"}
    for seconds, reads in ((1, 1), (59, 1), (61, 2), (90, 2)):
        monkeypatch.setattr(oidc, "monotonic", lambda now=at + seconds: now)
        with pytest.raises(OidcRefused):
            await asyncio.gather(*(provider.read(liar.token(), "") for _ in range(3)))
        assert liar.asked.count("/jwks") == reads, seconds
    await provider.close()


@pytest.mark.parametrize(
    "description",
    [
        {"token_endpoint": "http://169.254.169.254/token"},
        {"jwks_uri": "http://127.0.0.1:1/jwks"},
        {"authorization_endpoint": "https://evil.cn/auth"},
        {"issuer": "https://elsewhere.cn"},
    ],
)
async def test_p55_nothing_but_the_configured_issuer_is_fetched(
    liar: Liar, description: dict[str, str]
) -> None:
    settings = OidcSettings(liar.issuer, CLIENT, SECRET, REDIRECT)
    liar.description = description
    provider = Provider(settings)
    with pytest.raises(Unavailable):
        await provider.identity("code", "verifier", "")
    assert liar.asked == ["/.well-known/openid-configuration"]
    await provider.close()
    liar.description = {}
    provider = Provider(settings)
    assert (await provider.identity("code", "verifier", "")).subject == "u-1"  # control
    await provider.close()


@pytest.mark.parametrize("issuer", ["http://sso.zhangdian.gov.cn", "ftp://127.0.0.1", "sso"])
def test_p44_an_issuer_without_https_stops_the_start(issuer: str) -> None:
    with pytest.raises(ValueError, match="not an https address"):
        OidcSettings(issuer, CLIENT, SECRET, REDIRECT)
    OidcSettings("https://sso.zhangdian.gov.cn", CLIENT, SECRET, REDIRECT)  # control
