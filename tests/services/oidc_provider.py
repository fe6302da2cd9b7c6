"""A provider of identity (OpenID Connect) on loopback, in a process of its own, which can be told to do wrong.

It lets in whoever comes, and checks what a provider checks: the client's secret, the redirect URI, the code and PKCE.
``POST /told`` with JSON changes what it does: ``claims`` of tokens, ``fault`` (see ``_token``), ``rotate`` its key.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
from joserfc import jwt
from joserfc.jwk import KeySet, OctKey, RSAKey

CLIENT, SECRET = "florescope", "secret of the client"
FAULTS = ("issuer", "audience", "nonce", "expired", "unsigned", "by-secret", "foreign-key", "several-audiences", "none")


@dataclass
class Provider:
    """A provider that runs, and how to tell it what to do."""

    issuer: str
    process: subprocess.Popen[bytes]

    def told(self, **change: Any) -> None:
        """Change what it does from now on."""
        httpx.post(f"{self.issuer}/told", json=change, timeout=60).raise_for_status()

    def asked(self) -> list[str]:
        """The paths that were asked for, in order."""
        return list(httpx.get(f"{self.issuer}/asked", timeout=60).json())

    def stop(self) -> None:
        """End it."""
        self.process.kill()
        self.process.wait()


@contextmanager
def oidc_provider(port: int) -> Iterator[Provider]:
    """A provider that runs within."""
    process = subprocess.Popen([sys.executable, "-m", "tests.services.oidc_provider", str(port)])
    made = Provider(f"http://localhost:{port}", process)
    try:
        _wait(made)
        yield made
    finally:
        made.stop()


def _wait(made: Provider) -> None:
    until = time.monotonic() + 30
    while True:
        try:
            made.asked()
            return
        except httpx.TransportError:
            if time.monotonic() > until or made.process.poll() is not None:
                raise
            time.sleep(0.05)


@dataclass
class _State:
    issuer: str
    key: RSAKey
    claims: dict[str, Any] = field(default_factory=dict)
    fault: str = "none"
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)


def _new_key() -> RSAKey:
    return RSAKey.generate_key(2048, parameters={"kid": secrets.token_hex(4), "use": "sig"}, auto_kid=False)


class _Handler(BaseHTTPRequestHandler):
    state: _State

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if parts.path == "/asked":
            self._json(self.state.asked)
            return
        self.state.asked.append(parts.path)
        if parts.path == "/.well-known/openid-configuration":
            self._json(_metadata(self.state.issuer))
        elif parts.path == "/jwks":
            self._json(KeySet([self.state.key]).as_dict(private=False))
        elif parts.path == "/authorize":
            code = secrets.token_hex(8)
            self.state.codes[code] = query
            self._go(
                f"{query['redirect_uri']}?{urlencode({'code': code, 'state': query['state'], 'session_state': 'x'})}"
            )
        else:
            self._json({}, 404)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        if self.path == "/told":
            change = json.loads(body)
            if change.pop("rotate", False):
                self.state.key = _new_key()
            vars(self.state).update(change)
            self._json({})
            return
        self.state.asked.append(self.path)
        sent = {name: values[0] for name, values in parse_qs(body.decode()).items()}
        asked = self.state.codes.pop(sent.get("code", ""), None)
        if asked is None or not self._is_client() or not _fits(asked, sent):
            self._json({"error": "invalid_grant"}, 400)
            return
        token = _token(self.state, asked)
        self._json({"access_token": "x", "token_type": "Bearer", "expires_in": 60, "id_token": token})

    def _is_client(self) -> bool:
        named = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        return self.headers.get("authorization") == f"Basic {named}"

    def _json(self, document: Any, status: int = 200) -> None:
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _go(self, address: str) -> None:
        self.send_response(302)
        self.send_header("Location", address)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Write no log of requests."""


def _metadata(issuer: str) -> dict[str, Any]:
    return {
        "issuer": issuer,
        "authorization_endpoint": f"{issuer}/authorize",
        "token_endpoint": f"{issuer}/token",
        "jwks_uri": f"{issuer}/jwks",
    }


def _fits(asked: dict[str, str], sent: dict[str, str]) -> bool:
    digest = hashlib.sha256(sent.get("code_verifier", "").encode()).digest()
    challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    return (
        asked["code_challenge_method"] == "S256"
        and asked["code_challenge"] == challenge
        and asked["redirect_uri"] == sent.get("redirect_uri")
    )


def _token(state: _State, asked: dict[str, str]) -> str:
    now, fault = int(time.time()), state.fault
    claims = {
        "iss": "https://other.example.org" if fault == "issuer" else state.issuer,
        "aud": {"audience": "another", "several-audiences": [CLIENT, "another"]}.get(fault, CLIENT),
        "nonce": "another" if fault == "nonce" else asked["nonce"],
        "iat": now - 7200,
        "exp": now - 3600 if fault == "expired" else now + 300,
        "sub": "anna-1",
        **state.claims,
    }
    header = {"alg": "RS256", "kid": state.key.kid}
    if fault == "unsigned":
        parts = (json.dumps({"alg": "none"}), json.dumps(claims))
        return ".".join(base64.urlsafe_b64encode(part.encode()).rstrip(b"=").decode() for part in parts) + "."
    if fault == "by-secret":
        return jwt.encode({**header, "alg": "HS256"}, claims, OctKey.import_key(SECRET), algorithms=["HS256"])
    key = RSAKey.generate_key(2048) if fault == "foreign-key" else state.key
    return jwt.encode(header, claims, key)


def main() -> None:
    """Serve until killed."""
    port = int(sys.argv[1])
    _Handler.state = _State(f"http://localhost:{port}", _new_key())
    ThreadingHTTPServer(("127.0.0.1", port), _Handler).serve_forever()


if __name__ == "__main__":
    main()
