"""What must be true after every run, read from the database: reference/rq-and-reliability.md 3.10, I1 and I5.

Blog posts and calls stand for effects: none is made twice, none is missing from a result.
"""

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from desk.trials.stack import Stack

ENDED = ("completed", "failed", "cancelled")
SHOWN = 5  # examples in a sentence


@dataclass
class Facts:
    """What a run has left; ids of jobs are those of blog batches.

    accepted    ids that a client has in hand
    states      id -> state of every job there is
    ends        id -> how many terminal events it has
    seconds     id -> from accept to end
    unleased    ids of active jobs whose lease has run out
    films       (workspace, film) -> how many posts
    posts       ids of all posts
    results     ids of posts that the jobs' results name, as often as they do
    calls       state -> how many
    answered    (request row, step) -> how many calls with a stored answer that was not rejected
    """

    accepted: list[str]
    states: dict[str, str] = field(default_factory=dict)
    ends: dict[str, int] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    unleased: list[str] = field(default_factory=list)
    films: dict[tuple[int, str], int] = field(default_factory=dict)
    posts: list[int] = field(default_factory=list)
    results: list[int] = field(default_factory=list)
    calls: dict[str, int] = field(default_factory=dict)
    in_flight: list[str] = field(default_factory=list)
    answered: dict[tuple[str, str], int] = field(default_factory=dict)

    @property
    def lost(self) -> list[str]:
        """Accepted jobs that have not ended, or are not even there."""
        return [job for job in self.accepted if self.states.get(job) not in ENDED]

    @property
    def duplicates(self) -> int:
        """How many effects and ends there are too many."""
        return sum(count - 1 for counts in (self.films, self.answered, self.ends) for count in counts.values() if count)


def read(stack: Stack, accepted: list[str]) -> Facts:
    """The facts of a run that has come to rest."""
    facts = Facts(accepted)
    now = datetime.now(UTC)
    rows = stack.sql(
        "SELECT id, state, result, created_at, finished_at, lease_until FROM jobs_job WHERE task = ?", TASK
    )
    for job, state, result, created_at, finished_at, lease_until in rows:
        facts.states[job] = state
        facts.ends[job] = 0
        facts.results += (_data(result) or {}).get("postIds", [])
        if finished_at:
            facts.seconds[job] = (_moment(finished_at) - _moment(created_at)).total_seconds()
        if state == "active" and (not lease_until or _moment(lease_until) < now):
            facts.unleased.append(job)
    events = stack.sql("SELECT job_id FROM jobs_jobevent WHERE kind IN ('completed', 'failed', 'cancelled')")
    facts.ends |= Counter(job for (job,) in events if job in facts.ends)
    films = stack.sql("SELECT id, tenant_id, film FROM blog_post")
    facts.posts = [post for post, _tenant, _film in films]
    facts.films = Counter((tenant, film) for _post, tenant, film in films)
    calls = stack.sql("SELECT id, origin, step, state, rejected FROM ai_call")
    facts.calls = Counter(state for _id, _origin, _step, state, _rejected in calls)
    facts.answered = Counter((origin, step) for _id, origin, step, state, no in calls if state == "answered" and not no)
    facts.in_flight = [f"{origin} {step}" for _id, origin, step, state, _rejected in calls if state == "sent"]
    return facts


TASK = "blog.tasks.generate"


def broken(facts: Facts) -> list[str]:
    """A sentence for each invariant that does not hold."""
    said = [
        if_any(facts.lost, "I1: accepted and not in a final state"),
        if_any([job for job, state in facts.states.items() if state not in ENDED], "I1: not in a final state"),
        if_any([job for job, count in facts.ends.items() if count > 1], "I1: more than one terminal event"),
        if_any(
            [job for job, count in facts.ends.items() if not count and facts.states[job] in ENDED],
            "I1: ended without a terminal event",
        ),
        if_any([job for job, count in Counter(facts.accepted).items() if count > 1], "I1: one job for two orders"),
        if_any([f"{film} in {tenant}" for (tenant, film), n in facts.films.items() if n > 1], "A film written twice"),
        if_any(sorted(set(facts.posts) - set(facts.results)), "Posts that no result names"),
        if_any(sorted(set(facts.results) - set(facts.posts)), "Results that name posts which are not there"),
        if_any([post for post, n in Counter(facts.results).items() if n > 1], "Posts that two results name"),
        if_any([" ".join(each) for each, count in facts.answered.items() if count > 1], "Paid for twice"),
        if_any(facts.in_flight, "Calls still in flight although their job has ended"),
        if_any(facts.unleased, "I5: active without a live lease"),
    ]
    return [sentence for sentence in said if sentence]


def if_any(found: Iterable[Any], what: str) -> str:
    """The sentence with a few examples; "" where there are none."""
    names = [str(each) for each in found]
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return f"{what} ({len(names)}): {', '.join(names[:SHOWN])}{more}" if names else ""


def _data(column: Any) -> Any:
    return json.loads(column) if isinstance(column, str) else column  # SQLite keeps JSON as text


def _moment(column: Any) -> datetime:
    moment = datetime.fromisoformat(column) if isinstance(column, str) else column
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
