from __future__ import annotations

import gzip
import traceback

import pytest
from amazon_stub import Linked, Stub, Time

from amazon_sp import Session, download, reports
from amazon_sp.errors import DocumentDamaged, Refused, Unavailable
from simulators.amazon_sp import Document, Seller
from simulators.wsgi import LoopbackServer, Response

LINK = "/reports/2021-06-30/documents/doc-1"
STORED = "/stored/doc-1"
TEXT = b"settlement-id\tamount\r\n" + b"".join(b"1\t%d,00\r\n" % n for n in range(5000))


@pytest.fixture
def linked(stub: Stub, host: LoopbackServer) -> Linked:
    """Let the stub hand out a link to the stored document, GZIP unless told otherwise."""

    def link(*stored: Response, packed: bool = True) -> None:
        answer = {"reportDocumentId": "doc-1", "url": f"{host.url}{STORED}?X-Amz-Signature=s3cret"}
        stub.answer(LINK, Response(200, {**answer, **_compression(packed=packed)}))
        stub.answer(STORED, *stored)

    return link


def _compression(*, packed: bool) -> dict[str, str]:
    return {"compressionAlgorithm": "GZIP"} if packed else {}


def _read(amazon: Session) -> tuple[bytes, str | None]:
    with download(amazon, "doc-1") as document:
        return document.file.read(), document.charset


def test_a_document_is_unpacked_and_its_charset_told(amazon: Session, linked: Linked) -> None:
    kind = {"Content-Type": "text/plain; charset=Cp1252"}
    linked(Response(200, gzip.compress(TEXT), kind))
    assert _read(amazon) == (TEXT, "cp1252")


def test_a_plain_document_without_charset(amazon: Session, linked: Linked) -> None:
    linked(Response(200, TEXT, {"Content-Type": "text/plain"}), packed=False)
    assert _read(amazon) == (TEXT, None)


def test_several_gzip_members_are_one_document(amazon: Session, linked: Linked) -> None:
    linked(Response(200, gzip.compress(TEXT[:100]) + gzip.compress(TEXT[100:])))
    assert _read(amazon)[0] == TEXT


def test_a_body_declared_as_encoded_is_unpacked_once(amazon: Session, linked: Linked) -> None:
    linked(Response(200, gzip.compress(TEXT), {"Content-Encoding": "gzip"}))
    assert _read(amazon)[0] == TEXT


def test_a_download_carries_no_token(amazon: Session, stub: Stub, linked: Linked) -> None:
    linked(Response(200, gzip.compress(TEXT)))
    _read(amazon)
    (asked,) = stub.asked(STORED)
    assert "x-amz-access-token" not in asked.headers
    assert "Authorization" not in asked.headers


@pytest.mark.parametrize(
    "broken",
    [
        Response(200, gzip.compress(TEXT)[:-4]),
        Response(200, gzip.compress(TEXT)[:500]),
        Response(200, gzip.compress(TEXT), cut=500),
        Response(200, b""),
        Response(200, TEXT),
        Response(200, gzip.compress(TEXT)[:-8] + b"\x00" * 8),
    ],
    ids=["no end", "half", "line closed", "empty", "not GZIP", "wrong checksum"],
)
def test_a_damaged_document_is_fetched_again_with_a_new_link(
    amazon: Session, stub: Stub, linked: Linked, broken: Response
) -> None:
    linked(broken, Response(200, gzip.compress(TEXT)))
    assert _read(amazon)[0] == TEXT
    assert len(stub.asked(LINK)) == 2


def test_a_document_damaged_twice_is_an_error(amazon: Session, stub: Stub, linked: Linked) -> None:
    linked(Response(200, gzip.compress(TEXT)[:-4]))
    with pytest.raises(DocumentDamaged, match=r"doc-1 arrived damaged \(cut short\)"):
        _read(amazon)
    assert len(stub.asked(STORED)) == 2


def test_a_plain_document_cut_short_is_noticed(amazon: Session, linked: Linked) -> None:
    linked(Response(200, TEXT, cut=100), packed=False)
    with pytest.raises(DocumentDamaged):
        _read(amazon)


def test_an_expired_link_is_replaced_once(amazon: Session, stub: Stub, linked: Linked) -> None:
    expired = Response(403, b"<Error><Code>AccessDenied</Code></Error>")
    linked(expired, Response(200, gzip.compress(TEXT)))
    assert _read(amazon)[0] == TEXT
    assert len(stub.asked(LINK)) == 2


def test_a_new_link_that_is_refused_is_an_error(
    amazon: Session, stub: Stub, linked: Linked
) -> None:
    linked(Response(403, b"<Error/>"))
    with pytest.raises(Refused, match="refused although it is new"):
        _read(amazon)
    assert len(stub.asked(LINK)) == 2


def test_storage_that_fails_is_waited_out(
    amazon: Session, stub: Stub, time: Time, linked: Linked
) -> None:
    linked(Response(503, b""), Response(500, b""), Response(200, gzip.compress(TEXT)))
    assert _read(amazon)[0] == TEXT
    assert len(stub.asked(LINK)) == 1
    assert time.waits == [0.5, 1.0]


def test_storage_that_stays_away_is_named_without_the_link(amazon: Session, linked: Linked) -> None:
    linked(Response(500, b""))
    with pytest.raises(Unavailable, match=r"cannot be fetched \(HTTP 500\)") as caught:
        _read(amazon)
    assert "s3cret" not in "".join(traceback.format_exception(caught.value))


def test_a_link_to_plain_http_elsewhere_is_not_followed(amazon: Session, stub: Stub) -> None:
    link = {"reportDocumentId": "doc-1", "url": "http://example.com/x?X-Amz-Signature=s3cret"}
    stub.answer(LINK, Response(200, link))
    with pytest.raises(Refused, match="must be https") as caught:
        _read(amazon)
    assert "s3cret" not in str(caught.value)


def test_a_redirected_download_is_not_followed(
    amazon: Session, stub: Stub, linked: Linked, host: LoopbackServer
) -> None:
    linked(Response(302, b"", {"Location": host.url + "/other"}))
    with pytest.raises(Refused):
        _read(amazon)
    assert not stub.asked("/other")


def test_an_unknown_compression_is_refused(amazon: Session, stub: Stub) -> None:
    link = {"reportDocumentId": "doc-1", "url": "https://x", "compressionAlgorithm": "ZSTD"}
    stub.answer(LINK, Response(200, link))
    with pytest.raises(Refused, match="ZSTD"):
        _read(amazon)


def test_a_large_document_does_not_stay_in_memory(amazon: Session, linked: Linked) -> None:
    linked(Response(200, gzip.compress(b"0" * 9 * 2**20)))
    with download(amazon, "doc-1") as document:
        assert getattr(document.file, "_rolled") is True  # noqa: B009 - no public way to ask


def test_the_simulated_accounts_documents_arrive_whole(
    amazon_account: Session, seller: Seller
) -> None:
    for report_id, content in seller.settlement_files().items():
        with download(amazon_account, seller.reports[report_id]["reportDocumentId"]) as document:
            assert document.file.read() == content


def test_a_link_that_outlived_a_pause_is_replaced_at_the_simulated_account(
    amazon_account: Session, seller: Seller
) -> None:
    report = next(iter(seller.reports.values()))
    seller.faults.respond(
        403, b"<Error><Message>Request has expired</Message></Error>", path="/documents/*"
    )
    with download(amazon_account, report["reportDocumentId"]) as document:
        assert document.file.read().startswith(b"\xef\xbb\xbfsettlement-id")


def test_the_next_page_of_reports_is_asked_for_by_its_token_alone(
    amazon_account: Session, seller: Seller
) -> None:
    report = next(iter(seller.reports.values()))
    for number in range(150):
        seller.add_report({**report, "reportId": str(5000 + number)})
        seller.add_document(Document(f"d{number}", b""))
    found = list(reports.listed(amazon_account, reports.SETTLEMENTS, "2026-08-25T00:00:00Z"))
    assert len({each["reportId"] for each in found}) == 158
    first, second = (call for call in seller.calls if call.path == reports.PATH)
    assert set(first.query) == {"reportTypes", "pageSize", "createdSince"}
    assert set(second.query) == {"nextToken"}
