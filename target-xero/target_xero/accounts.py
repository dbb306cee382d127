"""Bank accounts by code or by exact name; Xero's bank accounts need not have a code."""

from __future__ import annotations

from typing import Any

from xero_api import Session, reads


class UnknownBankAccount(Exception):
    """There is no such bank account; the message says what to do."""


class BankAccounts:
    """The organisation's bank accounts, read once in a run and only when one is needed."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._found: dict[str, dict[str, Any]] | None = None

    def id_of(self, code_or_name: str, currency: str) -> str:
        """Xero's id of an active bank account, whose currency must be the document's."""
        account = self._accounts().get(code_or_name)
        if account is None:
            raise UnknownBankAccount(
                f"Xero has no bank account with the code or name `{code_or_name}`: correct "
                "bank_account in marketplaces.csv"
            )
        if account.get("Status", "ACTIVE") != "ACTIVE":
            raise UnknownBankAccount(f"the bank account `{code_or_name}` is archived in Xero")
        held_in = account.get("CurrencyCode", currency)
        if held_in != currency:
            raise UnknownBankAccount(
                f"the bank account `{code_or_name}` is in {held_in}, the document in {currency}"
            )
        return str(account["AccountID"])

    def has(self, code_or_name: str) -> bool:
        """Tell whether an account is a bank account: no journal and no line may touch it."""
        return code_or_name in self._accounts()

    def _accounts(self) -> dict[str, dict[str, Any]]:
        if self._found is None:
            banks = [each for each in reads.accounts(self._session) if each.get("Type") == "BANK"]
            by_name = {str(each.get("Name")): each for each in banks}
            by_code = {str(each["Code"]): each for each in banks if each.get("Code")}
            self._found = by_name | by_code
        return self._found
