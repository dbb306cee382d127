"""Report documents: fetched from a presigned link, unpacked as they arrive, kept off the heap.

The link (Reports API 2021-06-30) lives five minutes and gets no token: it is itself the key.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import Message
from tempfile import SpooledTemporaryFile
from typing import IO, Any
from urllib.parse import quote

import requests

from amazon_sp.auth import TIMEOUT, TRIES
from amazon_sp.errors import AmazonError, DocumentDamaged, Refused, Unavailable
from amazon_sp.hosts import NotAllowed, secure
from amazon_sp.session import LOST, Session

PATH = "/reports/2021-06-30/documents/"
IN_MEMORY = 8 * 2**20
CHUNK = 2**16
# Unpacked bytes at once.
PIECE = 2**18


@dataclass(frozen=True, slots=True)
class Document:
    """A report document, unpacked: its bytes from the start, and the charset that came with it."""

    file: IO[bytes]
    charset: str | None


class _LinkExpired(Exception):
    """The presigned link is no longer taken."""


# Makes, for each try, what looks at the unpacked bytes as they arrive and stops them by raising.
Inspector = Callable[[], Callable[[bytes], None]]


@contextmanager
def download(
    session: Session,
    document_id: str,
    inspector: Inspector | None = None,
    path: str = PATH,
) -> Iterator[Document]:
    """Fetch a report document; a broken or expired download is tried once more with a new link.

    path: where its link is asked for; feeds have a place of their own. Raises DocumentDamaged when
    it arrives short or cannot be unpacked twice.
    """
    with SpooledTemporaryFile(max_size=IN_MEMORY) as file:
        charset = _fetch(session, path + quote(document_id, safe=""), document_id, file, inspector)
        file.seek(0)
        yield Document(file, charset)


def _fetch(
    session: Session,
    where: str,
    document_id: str,
    file: SpooledTemporaryFile[bytes],
    inspector: Inspector | None,
) -> str | None:
    problem: AmazonError | None = None
    for _ in range(2):
        link = session.read(where)
        try:
            return _save(session, document_id, link, file, inspector() if inspector else None)
        except _LinkExpired:
            problem = Refused(
                f"The link to report document {document_id} is refused although it is new;"
                " check this machine's network and clock"
            )
        except DocumentDamaged as error:
            problem = error
        file.seek(0)
        file.truncate()
    raise problem or AssertionError


def _save(
    session: Session,
    document_id: str,
    link: dict[str, Any],
    file: SpooledTemporaryFile[bytes],
    inspect: Callable[[bytes], None] | None,
) -> str | None:
    packed = link.get("compressionAlgorithm")
    if packed not in {None, "GZIP"}:
        raise Refused(f"Report document {document_id} is packed as {packed}, which is not known")
    try:
        url = secure(str(link.get("url")), "the link")
    except NotAllowed as error:
        raise Refused(f"Report document {document_id} is not fetched: {error}") from None
    with _open(session, url) as response:
        # requests has unpacked the body already when the server declared it as an encoding.
        unpacked = response.headers.get("Content-Encoding", "").lower() == "gzip"
        try:
            for part in _plain(response, gzip=packed == "GZIP" and not unpacked):
                if inspect:
                    inspect(part)
                file.write(part)
        except (*LOST, zlib.error, EOFError) as error:
            raise DocumentDamaged(
                f"Report document {document_id} arrived damaged ({_reason(error)});"
                " run again later, and ask Amazon to make it anew if that does not help"
            ) from None
        content_type = Message()
        content_type["Content-Type"] = response.headers.get("Content-Type", "")
        return content_type.get_content_charset()


def _open(session: Session, url: str) -> requests.Response:
    waited = 0.0
    for times in range(TRIES):
        try:
            response = requests.get(
                url,
                headers={"User-Agent": session.auth.user_agent, "Accept-Encoding": "identity"},
                auth=lambda request: request,  # no token, and no .netrc entry either
                timeout=TIMEOUT,
                stream=True,
                allow_redirects=False,
            )
        except LOST as error:
            # Not chained: the text of the cause has the link in it.
            trouble = f"lost connection, {type(error).__name__}"
        else:
            if response.status_code == requests.codes.ok:
                return response
            response.close()
            trouble = f"HTTP {response.status_code}"
            if response.status_code < requests.codes.internal_server_error:
                raise _LinkExpired
        if times < TRIES - 1:
            pause = session.limits.after_failure(times)
            waited = session.limits.pause(pause, waited, f"a report document ({trouble})")
    raise Unavailable(f"A report document cannot be fetched ({trouble}); run again later")


def _plain(response: requests.Response, *, gzip: bool) -> Iterator[bytes]:
    parts: Iterator[bytes] = response.iter_content(CHUNK)
    return _gunzip(parts) if gzip else parts


def _gunzip(parts: Iterator[bytes]) -> Iterator[bytes]:
    """Unpack GZIP as it arrives, member after member; a missing end is an EOFError.

    However much a part unpacks to, it comes in pieces of bounded size.
    """
    member = zlib.decompressobj(wbits=31)
    for part in parts:
        rest = part
        while rest:
            if member.eof:
                member = zlib.decompressobj(wbits=31)
            yield member.decompress(rest, PIECE)
            rest = member.unconsumed_tail or member.unused_data
    while not member.eof:
        if not (piece := member.decompress(b"", PIECE)):
            raise EOFError
        yield piece


def _reason(error: Exception) -> str:
    if isinstance(error, zlib.error):
        return "not valid GZIP"
    return "cut short"
