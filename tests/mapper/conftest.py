from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from transforms.mapper import MapperAmazonXero

Record = dict[str, Any]
Message = dict[str, Any]
Run = Callable[..., list[Message]]


@pytest.fixture
def maps_folder(root: Path, tmp_path: Path) -> Path:
    """A copy of the example seller's maps, which a test may edit."""
    folder = tmp_path / "maps"
    folder.mkdir()
    for file in (root / "maps").iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    return folder


@pytest.fixture
def books_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'books.db'}"


@pytest.fixture
def run(maps_folder: Path, books_url: str, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run the mapper over Singer messages and give the messages it writes."""

    def run_mapper(
        messages: Iterable[Message], separators: tuple[str, str] | None = None
    ) -> list[Message]:
        dumps = partial(json.dumps, separators=separators)
        lines = "".join(dumps(message) + "\n" for message in messages)
        mapper = MapperAmazonXero(config={"maps": str(maps_folder), "books": books_url})
        capsys.readouterr()
        mapper.listen(io.StringIO(lines))
        return [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    return run_mapper
