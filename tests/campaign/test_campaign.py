"""Five hundred runs with random documents and random faults end in the fault-free run's books.

CAMPAIGN_RUNS=5000 makes more; CAMPAIGN_SEED=17 begins at another seed, and one seed makes one run.
"""

from __future__ import annotations

import os
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import pytest
from campaign.random_runs import one_run
from campaign.sabotage import SABOTAGE, without

RUNS = int(os.environ.get("CAMPAIGN_RUNS") or 500)
FIRST_SEED = int(os.environ.get("CAMPAIGN_SEED") or 0)
KINDS = 13
"""Kinds of mishap that a run can meet."""


@pytest.mark.slow
def test_random_faults_end_in_the_books_of_the_fault_free_run(
    capsys: pytest.CaptureFixture[str],
) -> None:
    met: Counter[str] = Counter()
    differ = {}
    calls = 0
    seeds = range(FIRST_SEED, FIRST_SEED + RUNS)
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as processes:
        for outcome in processes.map(one_run, seeds, chunksize=10):
            met += outcome.met
            calls += outcome.calls
            if outcome.differs:
                differ[outcome.seed] = outcome.differs
    with capsys.disabled():
        mishaps = ", ".join(f"{name} {number}" for name, number in met.most_common())
        print(  # noqa: T201 - the figures are for whoever runs it
            f"\n{RUNS} runs, {calls} calls, {met.total()} mishaps ({mishaps}): "
            f"{len(differ)} differ from the fault-free run"
        )
    assert differ == {}
    assert RUNS < 100 or len(met) >= KINDS, "a kind of mishap was never met"


@pytest.mark.slow
@pytest.mark.parametrize("name", list(SABOTAGE))
def test_the_campaign_can_fail(name: str) -> None:
    """Without one part of the protocol, few runs are enough to show it."""
    with without(name):
        assert any(one_run(seed).differs for seed in range(60))
