"""Documents as storage keeps them."""

from __future__ import annotations

from dataclasses import dataclass

from simulators.amazon_sp import flatfile


@dataclass(frozen=True)
class Document:
    """A document of a report or a feed; no content type means that storage sends none."""

    document_id: str
    content: bytes
    compressed: bool = False
    content_type: str | None = None

    def plain(self) -> bytes:
        """Give the file without compression."""
        return flatfile.decompress(self.content) if self.compressed else self.content
