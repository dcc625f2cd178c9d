"""What must be true of everything that left the house: reference/rq-and-reliability.md 3.10, I2 to I4, and mails.

The wall is the log of the platform: it stands for a server of somebody else, and commits for itself.
"""

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from desk.trials.chaos.invariants import if_any
from desk.trials.stack import Stack

CLASSES = ("idempotent", "two-step", "blind")
AT_REST = ("published", "refused", "unconfirmed", "cancelled", "expired")
STRIKES = ("worker killed", "worker stopped", "worker terminated", "postgres crashed")
# What has not come to rest: the clock or a job still has to do with it.
PENDING = """
SELECT count(*) FROM publishing_publication p WHERE p.state IN ('scheduled', 'sending') AND NOT EXISTS
(SELECT 1 FROM publishing_hold h WHERE h.publication_id = p.id AND h.released_at IS NULL)
"""


@dataclass
class Facts:
    """What a run has left.

    accepted  ids of publications that a client has in hand
    held      ids of those that something holds: they must not leave
    states    id -> (class of its account, state)
    posts     id -> how many posts of it hang on the wall
    strange   keys on the wall that belong to no publication
    armed     ids whose last attempt says that it is under way
    cuts      how many times a call could have been cut, or lost its answer
    mails     Message-ID -> (state, how often it was received)
    """

    accepted: list[int]
    held: list[int] = field(default_factory=list)
    states: dict[int, tuple[str, str]] = field(default_factory=dict)
    posts: dict[int, int] = field(default_factory=dict)
    strange: list[str] = field(default_factory=list)
    armed: list[int] = field(default_factory=list)
    cuts: int = 0
    mails: dict[str, tuple[str, int]] = field(default_factory=dict)

    @property
    def duplicates(self) -> int:
        """How many posts there are too many."""
        return sum(count - 1 for count in self.posts.values() if count)

    def per_class(self) -> dict[str, str]:
        """For each class, what became of what was ordered, in words."""
        said = {}
        for name in CLASSES:
            states = Counter(state for kind, state in self.states.values() if kind == name)
            said[name] = ", ".join(f"{count} {state}" for state, count in sorted(states.items()))
        return said


def read(stack: Stack, accepted: list[int], held: list[int], faults: dict[str, int]) -> Facts:
    """The facts of a run that has come to rest."""
    facts = Facts(accepted, held)
    keys: dict[str, int] = {}
    rows = stack.sql(
        "SELECT p.id, p.key, p.state, a.delivery FROM publishing_publication p "
        "JOIN publishing_account a ON a.id = p.account_id"
    )
    for pk, key, state, delivery in rows:
        keys[key] = pk
        facts.states[pk] = (delivery, state)
        facts.posts[pk] = 0
    for (key,) in stack.sql("SELECT key FROM publishing_wallpost WHERE deleted_at IS NULL"):
        pk = keys.get(key[:26])  # behind it stands a piece of the content's hash
        if pk is None:
            facts.strange.append(key)
        else:
            facts.posts[pk] += 1
    armed = stack.sql("SELECT publication_id FROM publishing_attempt WHERE state = 'armed'")
    facts.armed = [pk for (pk,) in armed]
    lost = stack.sql("SELECT count(*) FROM publishing_attempt WHERE code = 'AmbiguousOutcome'")[0][0]
    facts.cuts = lost + sum(faults.get(name, 0) for name in STRIKES)
    received = _received(stack.var_dir / "mail")
    for message_id, state in stack.sql("SELECT message_id, state FROM publishing_message WHERE channel = 'email'"):
        facts.mails[message_id] = (state, received[message_id])
    return facts


def _received(folder: Path) -> Counter[str]:
    """How often each Message-ID stands in the files that offline mail is written to."""
    found: Counter[str] = Counter()
    for file in folder.glob("*") if folder.exists() else []:
        for line in file.read_text(errors="replace").splitlines():
            if line.startswith("Message-ID: <"):
                found[line.removeprefix("Message-ID: <").partition("@")[0]] += 1
    return found


def broken(facts: Facts) -> list[str]:
    """A sentence for each invariant that does not hold."""
    there = {pk: count for pk, count in facts.posts.items() if count}
    state = {pk: name for pk, (_kind, name) in facts.states.items()}
    unconfirmed = [pk for pk, name in state.items() if name == "unconfirmed"]
    sure = [pk for pk in unconfirmed if facts.states[pk][0] != "blind"]
    rest = [pk for pk, name in state.items() if name not in AT_REST and pk not in facts.held]
    said = [
        if_any([pk for pk in facts.accepted if pk not in state], "I1: publications that are not there"),
        if_any(rest, "I1: publications that have not come to rest"),
        if_any([pk for pk in facts.held if there.get(pk)], "Held publications that left"),
        if_any([pk for pk, count in there.items() if count > 1], "I2: published twice"),
        if_any([pk for pk, name in state.items() if name == "published" and pk not in there], "I3: not on the wall"),
        if_any(
            [f"{pk} ({' '.join(facts.states[pk])})" for pk in there if state[pk] not in ("published", "unconfirmed")],
            "I3: on the wall, and their row does not say so",
        ),
        if_any(facts.strange, "I3: on the wall, and of no publication"),
        if_any(sure, "I4: unconfirmed on a platform that can be asked or knows them again"),
        if_any(unconfirmed if len(unconfirmed) > facts.cuts else [], f"I4: more unconfirmed than {facts.cuts} cuts"),
        if_any(facts.armed, "Attempts under way at rest, of publications"),
        if_any([m for m, (name, n) in facts.mails.items() if name == "sent" and not n], "Mails that never came"),
        if_any([m for m, (name, n) in facts.mails.items() if n > 2], "Mails that came more than twice"),
        if_any([m for m, (name, _n) in facts.mails.items() if name in ("waiting", "sending")], "Mails not at rest"),
    ]
    return [sentence for sentence in said if sentence]
