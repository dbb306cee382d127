"""The control desk that both simulators have under `/__control__/`, for programs outside.

GET    /__control__/calls?since=0        what was called, in order
DELETE /__control__/calls                forget them
GET    /__control__/state                the simulator's own summary
POST   /__control__/faults               one fault or a list, as the fields of `faults.Fault`
GET    /__control__/faults?hanging=1&timeout=30    wait until that many requests are held
DELETE /__control__/faults               forget every fault, let held requests go
POST   /__control__/release              let held requests go
POST   /__control__/clock                {"seconds": 60}, moves the clock on
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from simulators.clock import Clock
from simulators.faults import Fault, Faults
from simulators.wsgi import Call, Request, Response, Router

PREFIX = "/__control__/"
_FAULT_FIELDS = {
    *("kind", "method", "path", "nth", "times", "status", "body", "headers", "commit", "cut")
}
_SECRET_HEADERS = {"authorization", "x-amz-access-token"}


@dataclass
class ControlDesk:
    """Answers control requests for one simulator; `router` takes the simulator's own extras."""

    faults: Faults
    calls: list[Call]
    clock: Clock
    state: Callable[[], dict[str, Any]]
    router: Router = field(default_factory=Router)

    def __post_init__(self) -> None:
        for method, name, handler in (
            ("GET", "calls", self._calls),
            ("DELETE", "calls", self._forget_calls),
            ("GET", "state", lambda _: Response(200, self.state())),
            ("POST", "faults", self._add_faults),
            ("GET", "faults", self._hanging),
            ("DELETE", "faults", self._forget_faults),
            ("POST", "release", lambda _: Response(200, {"released": self.faults.release()})),
            ("POST", "clock", self._advance),
        ):
            self.router.add(method, PREFIX + name, handler)

    def handles(self, request: Request) -> bool:
        """Tell whether a request is for the desk rather than for the simulated vendor."""
        return request.path.startswith(PREFIX)

    def __call__(self, request: Request) -> Response:
        """Answer one control request; 400 with the reason when it makes no sense."""
        try:
            return self.router(request)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            return Response(400, {"error": str(error)})

    def _calls(self, request: Request) -> Response:
        since = int(request.arg("since", "0"))
        return Response(200, {"calls": [_shown(call) for call in self.calls[since:]]})

    def _forget_calls(self, _: Request) -> Response:
        self.calls.clear()
        return Response(204)

    def _add_faults(self, request: Request) -> Response:
        asked = request.json()
        faults = [_fault(each) for each in (asked if isinstance(asked, list) else [asked])]
        for fault in faults:
            self.faults.add(fault)
        return Response(201, {"added": len(faults)})

    def _hanging(self, request: Request) -> Response:
        wanted = int(request.arg("hanging", "0"))
        timeout = float(request.arg("timeout", "30"))
        reached = self.faults.wait_until_hanging(wanted, timeout)
        return Response(200 if reached else 408, {"hanging": self.faults.hanging})

    def _forget_faults(self, _: Request) -> Response:
        self.faults.clear()
        return Response(204)

    def _advance(self, request: Request) -> Response:
        now = self.clock.advance(seconds=float(request.json()["seconds"]))
        return Response(200, {"now": now.isoformat()})


def _fault(fields: dict[str, Any]) -> Fault:
    if extra := fields.keys() - _FAULT_FIELDS:
        raise ValueError(f"a fault has no {', '.join(sorted(extra))}")
    return Fault(**fields)


def _shown(call: Call) -> dict[str, Any]:
    return {
        "method": call.method,
        "path": call.path,
        "query": call.query,
        "headers": {k: v for k, v in call.headers.items() if k.lower() not in _SECRET_HEADERS},
        "body": call.body.decode("utf-8", "replace"),
        "status": call.status,
    }
