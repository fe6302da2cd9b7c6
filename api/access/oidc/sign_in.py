"""Signs people in with a provider of identity: authorisation code with PKCE, state and nonce.

What has to be known when somebody comes back from the provider goes along in a signed cookie of ten minutes.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import requests
from authlib.common.errors import AuthlibBaseError
from authlib.common.security import generate_token
from authlib.integrations.requests_client import OAuth2Session

from api.access.oidc.provider import TIMEOUT_S, Provider, ProviderUnavailable, TokenRefused
from dispatch.identity.key_ring import Person, admit
from jobs.identity.api_key import ApiKey
from jobs.identity.grant import Grant, grant_of
from store.base import ObjectStore

CALLBACK = "/login/oidc/callback"
_VERIFIER_LETTERS, _NONCE_LETTERS = 64, 32
_LONGEST_NAME = 100


class NotAdmitted(Exception):
    """Somebody has signed in who may do nothing here; the message is for them."""


@dataclass(frozen=True)
class OidcOptions:
    """How people sign in.

    Attributes:
        issuer: address of the provider, as it calls itself.
        client_secret: empty of a public client.
        name: of the provider, for people.
        public_url: where people find the pages; the provider sends them back there.
        claim: of identity tokens, by which the grants go.
    """

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    name: str
    scopes: str
    claim: str
    grants: tuple[Grant, ...]
    public_url: str


@dataclass(frozen=True)
class Started:
    """A sign-in that has begun: where to send the browser, and what its cookie keeps."""

    address: str
    kept: tuple[str, str, str]


class SignIn:
    """People who sign in with one provider. Blocks while it asks; safe among threads."""

    def __init__(self, options: OidcOptions, store: ObjectStore) -> None:
        self.options = options
        self._provider = Provider(options.issuer)
        self._store = store

    def start(self) -> Started:
        """Begin to sign somebody in.

        Raises:
            ProviderUnavailable: the provider does not answer.
        """
        verifier, nonce = generate_token(_VERIFIER_LETTERS), generate_token(_NONCE_LETTERS)
        address, state = self._session().create_authorization_url(
            self._provider.endpoint("authorization_endpoint"), code_verifier=verifier, nonce=nonce
        )
        return Started(address, (state, verifier, nonce))

    def finish(self, answer: Mapping[str, str], kept: tuple[str, str, str]) -> ApiKey:
        """The key of somebody who comes back from the provider.

        Args:
            answer: what the provider has the browser say: ``code``, ``state``, maybe ``iss`` or ``error``.
            kept: by the cookie since the beginning.

        Raises:
            TokenRefused: something does not fit together.
            NotAdmitted: the provider knows them, but they may do nothing here.
            ProviderUnavailable: the provider does not answer.
        """
        state, verifier, nonce = kept
        if not hmac.compare_digest(answer.get("state", "").encode(), state.encode()):
            raise TokenRefused("the state is not that of this browser")
        if answer.get("iss", self.options.issuer) != self.options.issuer:
            raise TokenRefused("another issuer answers than was asked (RFC 9207)")
        if "error" in answer or "code" not in answer:
            raise NotAdmitted("the provider did not sign you in")
        token = self._identity_token(answer["code"], verifier)
        return self._admitted(self._provider.claims(token, client_id=self.options.client_id, nonce=nonce))

    def _identity_token(self, code: str, verifier: str) -> str:
        endpoint = self._provider.endpoint("token_endpoint")
        try:
            found: Mapping[str, Any] = self._session().fetch_token(
                endpoint, grant_type="authorization_code", code=code, code_verifier=verifier, timeout=TIMEOUT_S
            )
        except requests.RequestException as error:
            raise ProviderUnavailable(f"it gives no token: {type(error).__name__}") from error
        except (AuthlibBaseError, ValueError) as error:
            raise TokenRefused(f"it gives no token: {type(error).__name__}") from error
        return str(found.get("id_token", ""))

    def _admitted(self, claims: Mapping[str, Any]) -> ApiKey:
        options = self.options
        grant = grant_of(claims, claim=options.claim, grants=options.grants)
        if grant is None:
            raise NotAdmitted(f"you are signed in, but no {options.claim} of yours may do anything here: ask an admin")
        person = Person(options.issuer, str(claims["sub"]), _name(claims), grant.role, grant.projects)
        key = admit(person, self._store)
        if key is None:
            raise NotAdmitted("an admin has revoked your access")
        return key

    def _session(self) -> OAuth2Session:
        options = self.options
        session = OAuth2Session(
            options.client_id,
            options.client_secret or None,
            token_endpoint_auth_method="client_secret_basic" if options.client_secret else "none",
            scope=options.scopes,
            redirect_uri=options.public_url + CALLBACK,
            code_challenge_method="S256",
        )
        session.max_redirects = 0
        return session


def _name(claims: Mapping[str, Any]) -> str:
    """What jobs say as their submitter: the mail address if the provider has verified it, else what it calls them."""
    email = claims.get("email") if claims.get("email_verified") is True else None
    found = str(email or claims.get("preferred_username") or claims["sub"])
    return "".join(letter for letter in found if letter.isprintable())[:_LONGEST_NAME] or "?"
