"""Singer lines in and out: rows taken straight from their bytes, documents written as bytes.

Everything else goes the SDK's way. What a settlement becomes is spooled until the whole of it is
known to be right, so that one which must be held has written nothing.
"""

from __future__ import annotations

import sys
import tempfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from io import BufferedReader, BytesIO
from typing import IO, Any, BinaryIO, Self

import msgspec
from singer_sdk import singerlib as singer
from singer_sdk.contrib.msgspec import MsgSpecReader, MsgSpecWriter

from transforms.rows import PREFIX

_IN_MEMORY = 2**22
_CHUNK = 2**18
_encode = msgspec.json.Encoder().encode


class RowsFirst(MsgSpecReader):
    """Reads Singer's lines; settlement rows in the tap's form go to `take_rows` undecoded.

    `take_rows` gets one line or many, and tells how many it took: all, or none. Any other line goes
    to the SDK's callbacks.
    """

    def __init__(self, take_rows: Callable[[bytes], int]) -> None:
        super().__init__()
        self.take_rows = take_rows
        self.rows = 0

    def process_lines(
        self, file_input: IO[str] | None, callbacks: dict[str, Callable[[dict[str, Any]], None]]
    ) -> Any:
        """Process lines of the input, standard in by default; give their numbers by type."""
        self.rows = 0
        counted = super().process_lines(self._others(file_input or sys.stdin), callbacks)  # type: ignore[arg-type]
        counted["RECORD"] += self.rows
        return counted

    def _others(self, source: IO[str]) -> Iterator[bytes]:
        """Give the lines that are no rows, after those before them were taken."""
        for lines in _pieces(source):
            if _are_rows(lines) and (taken := self.take_rows(lines)):
                self.rows += taken
                continue
            for line in BytesIO(lines):
                if line.startswith(PREFIX) and self.take_rows(line):
                    self.rows += 1
                elif not line.isspace():
                    yield line


def _are_rows(lines: bytes) -> bool:
    """Tell whether many lines look like settlement rows, by the first and the last of them."""
    last = lines.rfind(b"\n", 0, -1) + 1
    return lines.startswith(PREFIX) and lines.startswith(PREFIX, last)


def _pieces(source: IO[str]) -> Iterator[bytes]:
    """Give whole lines as they come: as many at a time as have come."""
    buffer: BufferedReader | None = getattr(source, "buffer", None)
    if buffer is None:
        yield from map(str.encode, source)
        return
    rest = b""
    while piece := buffer.read1(_CHUNK):
        lines, end, begun = piece.rpartition(b"\n")
        if end:
            yield rest + lines + end
            rest = begun
        else:
            rest += begun
    if rest:
        yield rest


class Line(singer.Message):
    """A message as the line that it will be written as."""

    __slots__ = ("line",)

    def __init__(self, message: dict[str, Any]) -> None:
        self.line = _encode(message) + b"\n"

    @classmethod
    def of(cls, line: bytes) -> Self:
        """Take a line that is written already."""
        made = cls.__new__(cls)
        made.line = line
        return made

    def chunks(self) -> Iterator[bytes]:
        """Give the line in pieces."""
        yield self.line

    def write_to(self, out: BinaryIO) -> None:
        """Write the line."""
        out.write(self.line)

    def to_dict(self) -> dict[str, Any]:
        """Read the line again."""
        message: dict[str, Any] = msgspec.json.decode(b"".join(self.chunks()))
        return message

    @property
    def record(self) -> dict[str, Any]:
        """The record of the message."""
        record: dict[str, Any] = self.to_dict().get("record", {})
        return record


class Lines(singer.Message):
    """Many messages, as the lines that they are written as."""

    __slots__ = ("lines",)

    def __init__(self, lines: bytes) -> None:
        self.lines = lines

    def write_to(self, out: BinaryIO) -> None:
        """Write the lines."""
        out.write(self.lines)

    def each(self) -> Iterator[Line]:
        """Give the messages one by one."""
        return map(Line.of, self.lines.splitlines(keepends=True))


def dictionaries(messages: Iterable[singer.Message]) -> Iterator[dict[str, Any]]:
    """Read messages again, those too that go many at a time."""
    for message in messages:
        for each in message.each() if isinstance(message, Lines) else (message,):
            yield each.to_dict()


class LineWriter(MsgSpecWriter):
    """Writes messages as lines to standard out; who calls says when they must leave."""

    def write_message(self, message: singer.Message) -> None:
        """Write a message."""
        out = sys.stdout.buffer
        if isinstance(message, Line | Lines):
            message.write_to(out)
        else:
            out.write(self.format_message(message))


class Spool:
    """Lines that wait for their settlement to be complete; where there are many, on disk."""

    def __init__(self) -> None:
        self._file = tempfile.SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115 - closed by `lines`
        self._waiting = bytearray()

    def add(self, lines: bytes) -> None:
        """Keep a line, or some."""
        self._waiting += lines
        if len(self._waiting) > _CHUNK:
            self._write()

    def _write(self) -> None:
        self._file.write(self._waiting)
        self._waiting.clear()

    def lines(self) -> Iterator[Lines]:
        """Give the lines, many at a time, once."""
        self._write()
        with self._file as file:
            file.seek(0)
            while piece := file.read(_CHUNK):
                yield Lines(piece + file.readline())

    def close(self) -> None:
        """Forget the lines."""
        self._file.close()


class ManyValues:
    """JSON values in a list of any length, compressed: a settlement's documents in its proof."""

    def __init__(self) -> None:
        self._packer: Any = zlib.compressobj(1)
        self._packed: list[bytes] = []
        self._waiting = bytearray()
        self._begun = False

    @staticmethod
    def written(values: Iterable[dict[str, Any]]) -> bytes:
        """Write values, commas between them."""
        return b",".join(map(_encode, values))

    def add(self, value: dict[str, Any]) -> None:
        """Add a value."""
        self.add_written(_encode(value))

    def add_written(self, values: bytes) -> None:
        """Add values that are written already."""
        if self._begun:
            self._waiting += b","
        self._begun = True
        self._waiting += values
        if len(self._waiting) > _CHUNK:
            self._packed.append(self._packer.compress(self._waiting))
            self._waiting.clear()

    def chunks(self) -> Iterator[bytes]:
        """Give the values' JSON, commas between them, in pieces; no value can be added then."""
        if self._packer is not None:
            self._packed.append(self._packer.compress(self._waiting) + self._packer.flush())
            self._packer = None
            self._waiting.clear()
        unpacker = zlib.decompressobj()
        for packed in self._packed:
            yield unpacker.decompress(packed)


class LongLine(Line):
    """A RECORD line, the last field of whose record is a list too long to hold as text."""

    __slots__ = ("_field", "_values")

    def __init__(self, message: dict[str, Any], field: str, values: ManyValues) -> None:
        record = {name: value for name, value in message["record"].items() if name != field}
        super().__init__({**message, "record": record})
        self._field = field
        self._values = values

    def chunks(self) -> Iterator[bytes]:
        """Give the line in pieces."""
        yield self.line.removesuffix(b"}}\n") + b"," + _encode(self._field) + b":["
        yield from self._values.chunks()
        yield b"]}}\n"

    def write_to(self, out: BinaryIO) -> None:
        """Write the line piece by piece."""
        out.writelines(self.chunks())
