"""A seller's consent in Seller Central, and the refresh token that comes of it.

The website authorisation workflow: the seller opens Amazon's consent page, Amazon leads the
browser to the application's redirect address with a code, and the code is exchanged once.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from amazon_sp.errors import AuthorisationRevoked, Refused
from amazon_sp.hosts import secure
from amazon_sp.login import Login

SELLER_CENTRAL = {
    "na": "https://sellercentral.amazon.com",
    "eu": "https://sellercentral-europe.amazon.com",
    "fe": "https://sellercentral.amazon.co.jp",
}
_PAGE = "/apps/authorize/consent"
_USED_UP = (
    "Amazon does not take the code: it is good once and for five minutes, and only for the"
    " application and redirect address that it was made for; authorise again"
)


class ForeignAnswer(Exception):
    """An answer that does not belong to the consent that was asked for."""


@dataclass(frozen=True)
class Consent:
    """One question to a seller: the address to open, and what proves that the answer is ours."""

    url: str
    state: str
    redirect_uri: str

    @classmethod
    def ask(
        cls, application_id: str, *, seller_central: str, redirect_uri: str, draft: bool = False
    ) -> Consent:
        """Make the address of Amazon's consent page.

        application_id: `amzn1.sp.solution...`, which is not the LWA client id. redirect_uri: as it
        is registered with the application. draft: the application is not published.
        """
        root, state = secure(seller_central, "seller_central"), secrets.token_urlsafe(32)
        query = {"application_id": application_id, "state": state, "redirect_uri": redirect_uri}
        if draft:
            query["version"] = "beta"
        return cls(f"{root}{_PAGE}?{urlencode(query)}", state, redirect_uri)

    def code_of(self, answer: Mapping[str, str]) -> str:
        """Read the redirect's query; ForeignAnswer by a wrong state, Refused without a code."""
        if not hmac.compare_digest(answer.get("state", "").encode(), self.state.encode()):
            raise ForeignAnswer("This answer does not belong to the address that was printed")
        code = answer.get("spapi_oauth_code")
        if not code:
            words = answer.get("error_description") or answer.get("error") or "no code"
            raise Refused(f"The seller gave no consent ({words}); authorise again")
        return code

    def redeem(self, code: str, login: Login) -> str:
        """Exchange the code for the refresh token, which Amazon gives just this once."""
        login.keep_secret(code)
        answer = login.ask(
            {
                "grant_type": "authorization_code",
                "code": code,
                "redirect_uri": self.redirect_uri,
            },
            ended=_USED_UP,
        )
        if not answer.get("refresh_token"):
            raise AuthorisationRevoked("Amazon gave no refresh token; authorise again")
        return str(answer["refresh_token"])
