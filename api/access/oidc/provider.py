"""Asks a provider of identity (OpenID Connect) where its pages are, and by which keys it signs."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import requests
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet
from joserfc.jwt import JWTClaimsRegistry

from api.http.security import LOOPBACK

KEPT_S = 3600.0
"""What the provider says of itself is asked for again after so long."""
KEYS_AT_MOST_EVERY_S = 10.0
"""Tokens with keys that nobody knows make us ask for keys no more often."""
TIMEOUT_S = 10.0
LEEWAY_S = 60
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519")
"""Signatures that the provider alone can make: neither ``none`` nor those by a secret that others have."""
_DISCOVERY = "/.well-known/openid-configuration"
_ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")


class ProviderUnavailable(Exception):
    """The provider does not answer, or not as one."""


class TokenRefused(Exception):
    """An identity token is not what it should be; the message is for the log."""


@dataclass
class _Kept:
    value: Any = None
    at: float = float("-inf")


class Provider:
    """A provider, asked rarely; while it does not answer, what it said last counts."""

    def __init__(self, issuer: str, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.issuer = issuer
        self._clock = clock
        self._metadata, self._keys = _Kept(), _Kept()
        self._asking = threading.Lock()

    def endpoint(self, name: str) -> str:
        """The address of one of its endpoints.

        Raises:
            ProviderUnavailable: it does not answer, or is another issuer than it should be.
        """
        with self._asking:
            return str(self._fresh(self._metadata, KEPT_S, self._ask_metadata)[name])

    def claims(self, token: str, *, client_id: str, nonce: str) -> Mapping[str, Any]:
        """What an identity token says, once it is checked (OpenID Connect Core 1.0, section 3.1.3.7).

        Raises:
            TokenRefused: signature, issuer, audience, nonce or time is wrong.
            ProviderUnavailable: its keys cannot be had.
        """
        try:
            decoded = self._decoded(token)
            _registry(self.issuer, client_id, nonce).validate(decoded.claims)
        except (JoseError, ValueError, TypeError) as error:
            raise TokenRefused(f"{type(error).__name__}: {error}") from error
        claims = decoded.claims
        audience = claims["aud"]
        if isinstance(audience, list) and len(audience) > 1 and claims.get("azp") != client_id:
            raise TokenRefused("it was made for another client among several")
        return claims

    def _decoded(self, token: str) -> jwt.Token:
        """The token, its signature checked; with keys asked for anew where its own is not known (key rotation)."""
        try:
            return jwt.decode(token, self._key_set(KEPT_S), algorithms=list(ALGORITHMS))
        except InvalidKeyIdError:
            return jwt.decode(token, self._key_set(KEYS_AT_MOST_EVERY_S), algorithms=list(ALGORITHMS))

    def _key_set(self, kept_s: float) -> KeySet:
        where = self.endpoint("jwks_uri")
        with self._asking:
            found: KeySet = self._fresh(self._keys, kept_s, lambda: _key_set(_ask(where)))
        return found

    def _ask_metadata(self) -> Mapping[str, Any]:
        check_secure(self.issuer)
        found = _ask(self.issuer.rstrip("/") + _DISCOVERY)
        if found.get("issuer") != self.issuer:
            raise ProviderUnavailable(f"it says that it is {str(found.get('issuer'))[:200]!r}, not {self.issuer!r}")
        for name in _ENDPOINTS:
            check_secure(str(found.get(name, "")))
        return found

    def _fresh(self, kept: _Kept, kept_s: float, ask: Callable[[], Any]) -> Any:
        if self._clock() - kept.at >= kept_s:
            try:
                kept.value, kept.at = ask(), self._clock()
            except ProviderUnavailable:
                if kept.value is None:
                    raise
        return kept.value


def check_secure(address: str) -> None:
    """Let an address pass that nobody on the way can read or change.

    Raises:
        ProviderUnavailable: it is no such address.
    """
    parts = urlsplit(address)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOOPBACK):
        raise ProviderUnavailable(f"{address[:200]!r} is no address of HTTPS")


def _registry(issuer: str, client_id: str, nonce: str) -> JWTClaimsRegistry:
    return JWTClaimsRegistry(
        leeway=LEEWAY_S,
        iss={"essential": True, "value": issuer},
        aud={"essential": True, "value": client_id},
        nonce={"essential": True, "value": nonce},
        exp={"essential": True},
        iat={"essential": True},
        sub={"essential": True},
    )


def _ask(address: str) -> dict[str, Any]:
    try:
        answer = requests.get(address, timeout=TIMEOUT_S, allow_redirects=False)
        answer.raise_for_status()
        found = answer.json()
    except (requests.RequestException, ValueError) as error:
        raise ProviderUnavailable(f"{urlsplit(address).netloc} does not answer: {type(error).__name__}") from error
    if not isinstance(found, dict):
        raise ProviderUnavailable(f"{urlsplit(address).netloc} does not answer as a provider does")
    return found


def _key_set(found: dict[str, Any]) -> KeySet:
    try:
        return KeySet.import_key_set(found)  # type: ignore[arg-type]
    except (JoseError, ValueError, KeyError, TypeError) as error:
        raise ProviderUnavailable(f"its keys cannot be read: {type(error).__name__}") from error
