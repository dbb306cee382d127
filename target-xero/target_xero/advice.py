"""What a bookkeeper does next about each of Xero's validation messages.

Xero's own words stay; one line of advice follows them. Messages are known by a part of their text,
the first match in the table counts; a message nobody knows stands for itself.
"""

from __future__ import annotations

import re

LOCKED = "The document date cannot be before the"
"""How Xero begins the refusal of a date in a locked period."""

_NEXT = "Next: "

ACCOUNT = "correct the account in accounts.csv, or add it in Xero"
BANK_ACCOUNT = "correct bank_account in marketplaces.csv, or the bank account in Xero"
PAYMENTS_ACCOUNT = "allow payments to the clearing account in Xero (its page in the chart), or"
CONTACT = "merge or rename the two contacts in Xero, or correct contact in marketplaces.csv"
TAX = "correct the tax type in accounts.csv: see Xero's list of tax rates"
OURS = "this is a fault of target-xero: report it with this line"
IN_XERO = "look at the document in Xero; target-xero leaves it as it is"

_TABLE: tuple[tuple[str, str], ...] = (
    (LOCKED, "move the lock date in Xero; the document waits and posts by itself"),
    (
        r"(Invoice|Credit [Nn]ote) # must be unique",
        "another document has this number: rename that one in Xero, or change invoice_prefix",
    ),
    (
        r"Payment amount exceeds the amount outstanding",
        "the document is paid or credited already: see its payments in Xero",
    ),
    (
        r"Payments can only be made against Authorised",
        "approve the document in Xero; the payment posts by itself",
    ),
    (
        r"limit of invoices you can approve",
        "the Xero plan takes no more invoices this month: upgrade it, or wait",
    ),
    (
        r"must equal total credits",
        "the journal does not balance: report it with this line, and the settlement's id",
    ),
    (r"Payments are not enabled", f"{PAYMENTS_ACCOUNT} {ACCOUNT}"),
    (r"is not a bank account", BANK_ACCOUNT),
    (r"has been archived or has been deleted", "restore the account in Xero, or correct the map"),
    (r"Account code '.*' has been removed", f"{ACCOUNT}; then delete the document and retry it"),
    (r"Account code '.*' is not a valid code", ACCOUNT),
    (r"(Account code or ID|The account of the payment) must be specified", ACCOUNT),
    (r"bank account's currency", BANK_ACCOUNT),
    (r"The bank account (number )?must be specified", BANK_ACCOUNT),
    (r"Setting currency is only supported", BANK_ACCOUNT),
    (r"TaxType code .* cannot be used with account", TAX),
    (r"TaxType code .* does not exist", TAX),
    (r"tax amount cannot be greater", TAX),
    (r"not subscribed to currency", "add the currency in Xero (Settings, Currencies)"),
    (r"contact (name|number) .* is already assigned", CONTACT),
    (
        r"contact name .* is not valid",
        "correct contact in marketplaces.csv: no <, > or double space",
    ),
    (r"The contact .* is archived", "restore the contact in Xero (Contacts, Archived)"),
    (r"(Contact must contain|A Contact must be specified|contact name must be specified)", OURS),
    (
        r"tracking option .* could not be found",
        "add the tracking option in Xero, or correct the map",
    ),
    (r"tracking categories at most", "give at most two tracking categories in marketplaces.csv"),
    (r"Item code '.*' is not valid", "add the item in Xero, or correct item_code in skus.csv"),
    (r"Price List Item with Code '.*' already exists", "rename one of the two items in Xero"),
    (r"[Ii]tem code must be specified", "give the item a code in skus.csv"),
    (
        r"cannot fall below zero",
        "Xero has fewer on hand: the next count of stock decides, or correct the quantity there",
    ),
    (
        r"Quantity must not be less than zero",
        "a tracked item takes no negative quantity: report it with this line",
    ),
    (
        r"cannot be used with the tracked item",
        "a tracked item is bought on its inventory account alone: correct the map, or the item",
    ),
    (r"tracked item must have a cost", "give the item an account of cost of sales in Xero"),
    (
        r"has a payment or credit note allocated to it",
        "it is paid: remove the payment in Xero to let it change, or leave it",
    ),
    (r"not of valid status for modification", IN_XERO),
    (r"not of valid status for creation", OURS),
    (
        r"(existing (invoice|Credit Note) with the specified|supplied id was not found)",
        "it was removed in Xero: run target-xero:retry with its id to post it anew",
    ),
    (
        r"Total for this document must be greater than or equal to zero",
        "its lines come to less than zero, which is no invoice: report it with this line",
    ),
    (
        r"(Spend|Receive) money transactions cannot be updated",
        "unreconcile it in Xero, or leave it",
    ),
    (r"reconciled and cannot be deleted", "unreconcile it in Xero first"),
    (r"(Bank transfers|Payments) cannot be updated", "delete it in Xero and retry it, or leave it"),
    (r"payment has already been deleted", IN_XERO),
    (
        r"can only be allocated when both documents",
        "approve the credit note and its invoice in Xero; the allocation posts by itself",
    ),
    (
        r"credit note and the invoice (must have the same|are not of the same)",
        "allocate the credit note by hand in Xero, or correct what it refunds",
    ),
    (r"two different bank accounts", "give clearing and bank_account two accounts"),
    (r"line total .*(does not match|cannot be more)", OURS),
    (r"document (sub total|total tax|total) does not equal", OURS),
    (r"greater than zero", "the amount is zero or less: look at the settlement's proof"),
    (r"with two decimals at most", OURS),
    (r"cannot have more than .* characters|exceeds .* characters", "shorten this text in the map"),
    (r"(due date|narration|[Ll]ine items?) must be specified|at least two lines", OURS),
    (r"Please enter a unique", "another account in Xero has it: choose one that is free"),
    (r"account (name|code) must be specified", ACCOUNT),
    (r"(System accounts|type of a(n)? (bank account|invoice)) cannot be", IN_XERO),
    (r"Discounts are only available", OURS),
    (r"(status|type|LineAmountTypes) '.*' is not valid", OURS),
    (r"manual journal cannot become", IN_XERO),
    (r"attachments? (at most|is empty)|is no name of a file|Details must have", OURS),
    (
        r"tracking (category|option) with the name|active tracking categories|name of the tracking",
        "mend the tracking category in Xero, under Settings, then run check again",
    ),
    (r"Idempotency Key", "run again: a call of an earlier run was still remembered"),
)
_COMPILED = tuple((re.compile(pattern), advice) for pattern, advice in _TABLE)


def next_step(words: str) -> str | None:
    """Give the advice for a message of Xero's; None for one nobody knows."""
    for pattern, advice in _COMPILED:
        if pattern.search(words):
            return advice
    return None


def advised(words: str) -> str:
    """Put the advice after Xero's words, once."""
    advice = next_step(words)
    if advice is None or _NEXT in words:
        return words
    return f"{words.rstrip('.')}. {_NEXT}{advice}."
