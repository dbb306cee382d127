"""The `where` and `order` parameters: a small real parser for Xero's filter language.

    where  = either            either = both { OR both }        both = test { AND test }
    test   = "(" where ")" | path op value | path.Contains("...")      (StartsWith, EndsWith)
    path   = Name { . Name } [ .ToLower() | .ToUpper() ]
    op     = == | = | != | <> | >= | <= | > | <
    value  = "text" | number | true | false | null | guid("...") | DateTime(y,m,d[,h,m,s])

A value must be of the field's kind: an id is compared with guid("..."), a date with DateTime(...).
Anything else is refused as Xero refuses what it cannot parse.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from simulators.xero.errors import BadQuery
from simulators.xero.values import KINDS, Document, is_guid

Test = Callable[[Document], bool]
_TOKEN = re.compile(
    r"""\s*(?:
      (?P<text>"(?:[^"\\]|\\.)*")
    | (?P<number>-?\d+(?:\.\d+)?)
    | (?P<word>[A-Za-z_][A-Za-z0-9_]*)
    | (?P<mark>==|!=|<>|>=|<=|&&|\|\||[=<>().,])
    )""",
    re.VERBOSE,
)
_ORDER = re.compile(r"\s*([\w.]+)(?:\s+(ASC|DESC))?\s*", re.IGNORECASE)
_OPERATORS: Mapping[str, Callable[[Any, Any], bool]] = {
    "==": lambda ours, theirs: bool(ours == theirs),
    "!=": lambda ours, theirs: bool(ours != theirs),
    ">=": lambda ours, theirs: ours is not None and bool(ours >= theirs),
    "<=": lambda ours, theirs: ours is not None and bool(ours <= theirs),
    ">": lambda ours, theirs: ours is not None and bool(ours > theirs),
    "<": lambda ours, theirs: ours is not None and bool(ours < theirs),
}
_SAME = {"=": "==", "<>": "!="}
_TEXT_TESTS: Mapping[str, Callable[[str, str], bool]] = {
    "contains": lambda ours, theirs: theirs in ours,
    "startswith": str.startswith,
    "endswith": str.endswith,
}
_TEXT_CHANGES: Mapping[str, Callable[[str], str]] = {"tolower": str.lower, "toupper": str.upper}


def parse_where(text: str, fields: frozenset[str]) -> Test:
    """Turn a filter into a test of documents; `fields` are the paths that may be named."""
    parser = _Parser(_tokens(text), fields)
    test = parser.either()
    if parser.left():
        raise BadQuery(f"Syntax error near '{parser.peek()}'")
    return test


def parse_order(
    text: str, fields: frozenset[str]
) -> Callable[[Iterable[Document]], list[Document]]:
    """Turn `Field [ASC|DESC], ...` into a sorter."""
    steps: list[tuple[str, bool]] = []
    for part in text.split(","):
        found = _ORDER.fullmatch(part)
        if found is None:
            raise BadQuery(f"Syntax error in order '{text}'")
        steps.append((_known_path(found[1], fields), (found[2] or "").upper() == "DESC"))

    def ordered(documents: Iterable[Document]) -> list[Document]:
        answer = list(documents)
        for path, descending in reversed(steps):
            answer.sort(key=lambda each: _sortable(_value(each, path)), reverse=descending)
        return answer

    return ordered


def _sortable(value: Any) -> tuple[bool, Any]:
    return (value is not None, value if value is not None else "")


def _known_path(path: str, fields: frozenset[str]) -> str:
    for known in fields:
        if known.lower() == path.lower():
            return known
    raise BadQuery(f"No property or field '{path}' exists")


def _value(document: Document, path: str) -> Any:
    value: Any = document
    for name in path.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def _tokens(text: str) -> list[str]:
    tokens, at = [], 0
    while at < len(text.rstrip()):
        found = _TOKEN.match(text, at)
        if found is None:
            raise BadQuery(f"Syntax error at index {at}")
        tokens.append(found[0].strip())
        at = found.end()
    if not tokens:
        raise BadQuery("Expression expected")
    return tokens


class _Parser:
    def __init__(self, tokens: list[str], fields: frozenset[str]) -> None:
        self._tokens = tokens
        self._at = 0
        self._fields = fields

    def left(self) -> bool:
        return self._at < len(self._tokens)

    def peek(self) -> str:
        return self._tokens[self._at] if self.left() else ""

    def take(self, *expected: str) -> str:
        token = self.peek()
        if not token or (expected and token.upper() not in expected):
            wanted = " or ".join(expected) or "more"
            raise BadQuery(f"{wanted} expected, not '{token}'")
        self._at += 1
        return token

    def either(self) -> Test:
        tests = [self._both()]
        while self.peek().upper() in ("OR", "||"):
            self.take()
            tests.append(self._both())
        return tests[0] if len(tests) == 1 else lambda each: any(test(each) for test in tests)

    def _both(self) -> Test:
        tests = [self._test()]
        while self.peek().upper() in ("AND", "&&"):
            self.take()
            tests.append(self._test())
        return tests[0] if len(tests) == 1 else lambda each: all(test(each) for test in tests)

    def _test(self) -> Test:
        if self.peek() == "(":
            self.take()
            test = self.either()
            self.take(")")
            return test
        path, change, method = self._path()
        if method:
            return self._text_test(path, change, method)
        operator = self.take("==", "=", "!=", "<>", ">=", "<=", ">", "<")
        compare = _OPERATORS[_SAME.get(operator, operator)]
        wanted = self._operand(KINDS[path.rpartition(".")[2]], operator)
        return lambda each: compare(_changed(_comparable(_value(each, path)), change), wanted)

    def _path(self) -> tuple[str, Callable[[str], str] | None, str]:
        names, change = [self._name()], None
        while self.peek() == ".":
            self.take()
            name = self._name()
            if self.peek() != "(":
                names.append(name)
                continue
            if name.lower() in _TEXT_CHANGES and change is None:
                self.take("(")
                self.take(")")
                change = _TEXT_CHANGES[name.lower()]
                continue
            return _known_path(".".join(names), self._fields), change, name
        return _known_path(".".join(names), self._fields), change, ""

    def _name(self) -> str:
        name = self.take()
        if not name[0].isalpha():
            raise BadQuery(f"Property or field expected, not '{name}'")
        return name

    def _text_test(self, path: str, change: Callable[[str], str] | None, method: str) -> Test:
        test = _TEXT_TESTS.get(method.lower())
        if test is None or KINDS[path.rpartition(".")[2]] != "text":
            raise BadQuery(f"No applicable method '{method}' exists in '{path}'")
        self.take("(")
        wanted = self._text()
        self.take(")")
        return lambda each: test(_changed(_value(each, path) or "", change), wanted)

    def _text(self) -> str:
        token = self.take()
        if not token.startswith('"'):
            raise BadQuery(f"Text in double quotes expected, not '{token}'")
        return re.sub(r"\\(.)", r"\1", token[1:-1])

    def _operand(self, kind: str, operator: str) -> Any:
        token = self.peek().lower()
        if token == "null" and operator in ("==", "=", "!=", "<>"):
            self.take()
            return None
        readers: dict[str, Callable[[], Any]] = {
            "text": self._text,
            "guid": self._guid,
            "date": self._day,
            "instant": self._instant,
            "amount": self._amount,
            "flag": self._flag,
        }
        if kind not in readers:
            raise BadQuery(f"Operator '{operator}' incompatible with operand types")
        return readers[kind]()

    def _guid(self) -> str:
        if self.peek().lower() != "guid":
            raise BadQuery("Operator incompatible with operand types 'Guid' and 'String'")
        self.take()
        self.take("(")
        text = self._text()
        self.take(")")
        if not is_guid(text):
            raise BadQuery(f"'{text}' is not a Guid")
        return text.lower().strip("{}")

    def _day(self) -> date:
        return self._instant().date()

    def _instant(self) -> datetime:
        if self.peek().lower() != "datetime":
            raise BadQuery("Operator incompatible with operand types 'DateTime' and 'String'")
        self.take()
        self.take("(")
        parts = [self._whole()]
        while self.peek() == ",":
            self.take()
            parts.append(self._whole())
        self.take(")")
        try:
            return datetime(*parts, tzinfo=UTC)  # type: ignore[misc,arg-type]
        except (TypeError, ValueError) as error:
            raise BadQuery(f"DateTime{tuple(parts)} is not a date") from error

    def _whole(self) -> int:
        token = self.take()
        if not token.isdecimal():
            raise BadQuery(f"A whole number expected, not '{token}'")
        return int(token)

    def _amount(self) -> Decimal:
        token = self.take()
        if not re.fullmatch(r"-?\d+(\.\d+)?", token):
            raise BadQuery(f"A number expected, not '{token}'")
        return Decimal(token)

    def _flag(self) -> bool:
        return self.take("TRUE", "FALSE").upper() == "TRUE"


def _comparable(value: Any) -> Any:
    return value.lower() if isinstance(value, str) and is_guid(value) else value


def _changed(value: Any, change: Callable[[str], str] | None) -> Any:
    return change(value) if change and isinstance(value, str) else value
