"""People sign in with a provider of identity, which is a process of its own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from structlog.testing import capture_logs

from api.access.gate import require_identity
from api.access.oidc import provider as providers
from api.access.oidc.sign_in import OidcOptions, SignIn
from api.app import create_app
from dispatch.connection import Connection
from dispatch.identity.key_ring import list_keys, revoke_key
from jobs.identity import identity_keys
from jobs.identity.grant import read_grants
from store.memory import MemoryStore
from tests.services.oidc_provider import CLIENT, FAULTS, SECRET, Provider, oidc_provider
from tests.services.ports import free_port

SITE = "https://testserver"
MAIL = {"email": "anna@example.org", "email_verified": True}


@dataclass
class People:
    """An installation where people sign in with this provider."""

    http: TestClient
    provider: Provider
    store: MemoryStore
    app: FastAPI

    def begin(self, then: str = "/new") -> str:
        """Begin to sign in; returns the address to which the provider sends the browser back."""
        answer = self.http.get("/login/oidc", params={"next": then})
        assert answer.status_code == 303, answer.text
        back = httpx.get(answer.headers["location"], timeout=60).headers["location"]
        assert back.startswith(f"{SITE}/login/oidc/callback?")
        return str(back)

    def sign_in(self, *, then: str = "/new", **claims: object) -> httpx.Response:
        """Sign in somebody of whom the provider says so."""
        self.provider.told(claims={**MAIL, "groups": ["ml-team"], **claims})
        answer: httpx.Response = self.http.get(self.begin(then))
        return answer


@pytest.fixture(scope="module")
def port() -> int:
    return free_port()


@pytest.fixture
def provider(port: int) -> Iterator[Provider]:
    with oidc_provider(port) as made:
        yield made


def options(issuer: str) -> OidcOptions:
    return OidcOptions(
        issuer=issuer,
        client_id=CLIENT,
        client_secret=SECRET,
        name="Example",
        scopes="openid profile email",
        claim="groups",
        grants=read_grants("admins=admin:*;ml-team=submitter:rose+tulip"),
        public_url=SITE,
    )


@pytest.fixture
def people(provider: Provider, store: MemoryStore, connection: Connection) -> Iterator[People]:
    app = create_app(store=store, board=connection.board, queue=connection.queue)
    require_identity(app)
    app.state.sign_in = SignIn(options(provider.issuer), store)
    with TestClient(app, base_url=SITE, follow_redirects=False) as http:
        yield People(http, provider, store, app)


def test_the_login_page_leads_to_the_provider_and_back_to_the_page_that_was_asked_for(people: People) -> None:
    assert "Sign in with Example" in people.http.get("/new", headers={"accept": "text/html"}).text
    answer = people.sign_in(then="/new")
    assert (answer.status_code, answer.headers["location"]) == (303, "/new")
    assert people.http.get("/new").status_code == 200
    who = people.http.get("/v1/whoami").json()
    assert (who["name"], who["role"], who["projects"]) == ("anna@example.org", "submitter", ["rose", "tulip"])


def test_what_is_asked_of_the_provider_has_pkce_a_state_and_a_nonce(people: People) -> None:
    first, second = (parse_qs(urlsplit(people.http.get("/login/oidc").headers["location"]).query) for _ in range(2))
    assert first["code_challenge_method"] == ["S256"]
    for name in ("code_challenge", "state", "nonce"):
        assert len(first[name][0]) >= 30
        assert first[name] != second[name]


def test_nobody_is_led_to_another_site_after_signing_in(people: People) -> None:
    assert people.sign_in(then="//evil.example.org/").headers["location"] == "/"


def test_a_role_goes_with_the_claim_and_changes_with_it(people: People) -> None:
    people.sign_in()
    first = people.http.get("/v1/whoami").json()
    people.sign_in(groups=["admins"])
    second = people.http.get("/v1/whoami").json()
    assert (first["role"], second["role"], second["projects"]) == ("submitter", "admin", None)
    assert first["key_id"] == second["key_id"]
    assert len(list(list_keys(people.store))) == 1


def test_an_older_session_does_not_keep_a_project_that_was_lost(people: People) -> None:
    people.sign_in()
    older = dict(people.http.cookies)
    assert people.http.get("/v1/whoami").json()["project"] == "rose"
    sign_in = people.app.state.sign_in
    sign_in.options = replace(sign_in.options, grants=read_grants("ml-team=submitter:tulip"))
    people.http.cookies.clear()
    people.sign_in()
    people.http.cookies.clear()
    people.http.cookies.update(older)
    assert people.http.get("/v1/whoami").json()["project"] == "tulip"


def test_whoever_has_no_grant_may_do_nothing(people: People) -> None:
    answer = people.sign_in(groups=["others"])
    assert answer.status_code == 403
    assert "ask an admin" in answer.text
    assert people.http.get("/v1/whoami").status_code == 401
    assert list(list_keys(people.store)) == []


def test_a_mail_address_that_was_not_verified_names_nobody(people: People) -> None:
    people.sign_in(email_verified=False, preferred_username="anna")
    assert people.http.get("/v1/whoami").json()["name"] == "anna"


def test_an_admin_keeps_somebody_out_for_good(people: People) -> None:
    people.sign_in()
    revoke_key(people.http.get("/v1/whoami").json()["key_id"], people.store)
    answer = people.sign_in()
    assert answer.status_code == 403
    assert "revoked" in answer.text


@pytest.mark.parametrize("fault", [fault for fault in FAULTS if fault != "none"])
def test_a_token_that_is_not_right_lets_nobody_in(people: People, fault: str) -> None:
    people.provider.told(fault=fault)
    answer = people.sign_in()
    assert answer.status_code == 401, answer.text
    assert "cannot be trusted" in answer.text
    assert people.http.get("/v1/whoami").status_code == 401
    assert list(list_keys(people.store)) == []


def test_another_browser_cannot_finish_what_one_has_begun(people: People) -> None:
    people.provider.told(claims={"groups": ["ml-team"]})
    back = people.begin()
    with TestClient(people.app, base_url=SITE, follow_redirects=False) as other:
        assert other.get(back).status_code == 401
        other.get("/login/oidc")
        assert "cannot be trusted" in other.get(back).text
        assert other.get("/v1/whoami").status_code == 401


def test_a_code_is_of_use_once(people: People) -> None:
    people.provider.told(claims={"groups": ["ml-team"]})
    back = people.begin()
    cookies = dict(people.http.cookies)
    assert people.http.get(back).status_code == 303
    people.http.cookies.clear()
    people.http.cookies.update(cookies)
    assert people.http.get(back).status_code == 401


def test_an_answer_of_another_issuer_is_refused(people: People) -> None:
    assert people.http.get(people.begin() + "&iss=https://other.example.org").status_code == 401


def test_what_the_provider_says_of_itself_is_asked_for_once(people: People) -> None:
    people.sign_in()
    people.sign_in()
    asked = people.provider.asked()
    assert (asked.count("/.well-known/openid-configuration"), asked.count("/jwks"), asked.count("/token")) == (1, 1, 2)


def test_a_new_key_of_the_provider_is_asked_for(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    people.sign_in()
    people.provider.told(rotate=True)
    assert people.sign_in().status_code == 401  # asked for lately: whoever makes keys up does not make us ask
    monkeypatch.setattr(providers, "KEYS_AT_MOST_EVERY_S", 0.0)
    assert people.sign_in().status_code == 303
    assert people.provider.asked().count("/jwks") == 2


def test_while_the_provider_is_down_people_log_in_with_keys(people: People) -> None:
    people.provider.stop()
    answer = people.http.get("/login/oidc")
    assert answer.status_code == 503
    assert "log in with a key" in answer.text
    assert "API key" in answer.text


def test_a_session_goes_on_while_the_provider_is_down(people: People) -> None:
    people.sign_in()
    back = people.begin()
    people.provider.stop()
    assert people.http.get(back).status_code == 503
    assert people.http.get("/v1/whoami").status_code == 200


def test_a_provider_that_calls_itself_otherwise_is_none(people: People, provider: Provider) -> None:
    people.app.state.sign_in = SignIn(options(provider.issuer.replace("localhost", "127.0.0.1")), people.store)
    assert people.http.get("/login/oidc").status_code == 503


def test_a_provider_is_asked_through_tls_alone(people: People) -> None:
    people.app.state.sign_in = SignIn(options("http://login.example.org"), people.store)
    with capture_logs() as logs:
        assert people.http.get("/login/oidc").status_code == 503
    assert "'http://login.example.org' is no address of HTTPS" in str(logs)


def test_signing_in_stands_in_the_audit_log(people: People) -> None:
    people.sign_in()
    (event,) = [people.store.get(info.key) for info in people.store.list(identity_keys.AUDIT_PREFIX)]
    assert b'"who":"anna@example.org"' in event
    assert b'"action":"GET /login/oidc/callback"' in event
    assert b"code=" not in event


def test_a_form_of_such_a_session_needs_its_token_too(people: People) -> None:
    people.sign_in()
    assert people.http.post("/jobs/selected", data={"ids": "x"}).status_code == 403


def test_without_a_provider_there_is_no_such_page(people: People) -> None:
    people.app.state.sign_in = None
    assert people.http.get("/login/oidc").status_code == 404
    assert "Sign in with" not in people.http.get("/login").text
