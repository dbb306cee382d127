"""Asking a person for consent in the browser: the code flow with state and PKCE (S256)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from xero_api.addresses import checked_address
from xero_api.errors import ConsentEnded
from xero_api.oauth import Tokens, TokenStore
from xero_api.tokens import InvalidGrant, TokenEndpoint

IDENTITY_URL = "https://identity.xero.com"
_LOGIN_URL = "https://login.xero.com"
_AUTHORIZE = "/identity/connect/authorize"


class ForeignAnswer(Exception):
    """An answer that does not belong to the consent that was asked for."""


@dataclass(frozen=True)
class ConsentRequest:
    """One question to a person: the address to open, and what proves that the answer is ours."""

    url: str
    redirect_uri: str
    state: str
    verifier: str

    @classmethod
    def make(
        cls, client_id: str, *, scopes: str, redirect_uri: str, identity_url: str = IDENTITY_URL
    ) -> ConsentRequest:
        """Make the address of Xero's consent page; offline_access is asked for in any case.

        Xero keeps that page on login.xero.com; a simulator has it beside its tokens.
        """
        root = checked_address(identity_url, "identity_url")
        state, verifier = secrets.token_urlsafe(32), secrets.token_urlsafe(64)
        digest = hashlib.sha256(verifier.encode()).digest()
        query = {
            "response_type": "code",
            "client_id": client_id,
            "redirect_uri": redirect_uri,
            "scope": " ".join(dict.fromkeys(["offline_access", *scopes.split()])),
            "state": state,
            "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
        }
        login = _LOGIN_URL if root == IDENTITY_URL else root
        return cls(f"{login}{_AUTHORIZE}?{urlencode(query)}", redirect_uri, state, verifier)

    def code_of(self, answer: Mapping[str, str]) -> str:
        """Read the redirect's query; ForeignAnswer by a wrong state, ConsentEnded by a refusal."""
        if not hmac.compare_digest(answer.get("state", "").encode(), self.state.encode()):
            raise ForeignAnswer("This answer does not belong to the address that was printed")
        if not answer.get("code"):
            words = answer.get("error_description") or answer.get("error") or "no code"
            raise ConsentEnded(f"Xero gave no consent ({words})")
        return answer["code"]

    def redeem(
        self, code: str, endpoint: TokenEndpoint, store: TokenStore, now: Callable[[], datetime]
    ) -> None:
        """Exchange the code (good for five minutes, once) and keep the tokens."""
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.redirect_uri,
            "code_verifier": self.verifier,
        }
        try:
            tokens = Tokens.issued(endpoint.ask(form), now())
        except InvalidGrant as ended:
            raise ConsentEnded(f"{ended}: the code is used up or too old; connect again") from ended
        if not tokens.refresh_token:
            raise ConsentEnded("Xero gave no refresh token: does the app allow offline_access?")
        with store.alone():
            tokens.keep(store)
