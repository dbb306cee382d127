"""A settlement of which nothing is posted: the proof that says why, and what is held."""

from __future__ import annotations

from dataclasses import dataclass

from transforms.ledger.book import Marketplace
from transforms.ledger.outcome import Held, Outcome
from transforms.ledger.placing import Classified
from transforms.ledger.proof import EventGroup, Proof, Status, class_sums
from transforms.ledger.settlement import Header, Settlement
from transforms.ledger.unplaced import Unplaced


@dataclass(slots=True)
class Nothing:
    """A settlement of which nothing is posted: the proof that says why, and what is held."""

    settlement: Settlement
    classified: list[Classified]
    group: EventGroup | None
    marketplace: Marketplace | None = None

    def posted(self, status: Status, reason: str) -> Outcome:
        """Write the proof alone."""
        proof = Proof(
            header=self.settlement.closed,
            status=status,
            reason=reason,
            marketplace=self.marketplace.name if self.marketplace else None,
            posting=self.marketplace.posting if self.marketplace else None,
            rows=self.settlement.row_count,
            rows_total=self.settlement.rows_total,
            difference=None,
            classes=class_sums(self.classified),
            documents=(),
            differences=(),
            event_group=self.group,
        )
        return Outcome(proof=proof)

    def held(self, reason: str, details: str) -> Outcome:
        """Hold the settlement whole, with the record that it can be posted from later."""
        outcome = self.posted("held", f"{reason}: {details}")
        settlement = self.settlement
        outcome.held.append(
            Held(
                document_id=f"settlement:{settlement.settlement_id}",
                stream="settlements",
                reason=reason,
                details=details,
                record={
                    "type": "settlement",
                    "settlement": settlement.to_record(),
                    "event_group": None,
                },
                currency=settlement.closed.currency,
                settlement_id=settlement.settlement_id,
            )
        )
        return outcome


def in_report(header: Header, fault: Unplaced) -> str:
    """Name the report, then each fault on a line of its own."""
    if len(fault.faults) == 1:
        return f"report {header.report_id}: {fault}"
    return "\n  ".join([f"report {header.report_id}, {len(fault.faults)} lines:", *fault.lines])
