"""A stand-in for Amazon that answers what a test lays out, and time that passes at will."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field

from amazon_sp import Session
from simulators.clock import Clock
from simulators.wsgi import Request, Response

TOKEN_PATH = "/auth/o2/token"


@dataclass
class Time:
    """Seconds that pass only when somebody sleeps, and the sleeps that were asked for."""

    seconds: float = 1000.0
    waits: list[float] = field(default_factory=list)
    followers: list[Clock] = field(default_factory=list)

    def __call__(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.pass_by(seconds)

    def pass_by(self, seconds: float) -> None:
        self.seconds += seconds
        for clock in self.followers:
            clock.advance(seconds=seconds)


@dataclass
class Stub:
    """Answers by path with what a test lays out, the last answer for ever; notes every request."""

    requests: list[Request] = field(default_factory=list)
    answers: dict[str, list[Response]] = field(default_factory=lambda: defaultdict(list))
    tokens: int = 0
    token_answers: list[Response] = field(default_factory=list)

    def answer(self, path: str, *responses: Response) -> None:
        self.answers[path].extend(responses)

    def __call__(self, request: Request) -> Response:
        self.requests.append(request)
        if request.path == TOKEN_PATH:
            if self.token_answers:
                return self.token_answers.pop(0)
            self.tokens += 1
            return Response(200, {"access_token": f"Atza|{self.tokens}", "expires_in": 3600})
        answers = self.answers[request.path]
        return answers.pop(0) if len(answers) > 1 else answers[0]

    def asked(self, path: str) -> list[Request]:
        return [request for request in self.requests if request.path == path]


Opener = Callable[..., Session]
Linked = Callable[..., None]
