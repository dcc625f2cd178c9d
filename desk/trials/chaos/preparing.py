"""Who orders in a run of chaos: workspaces with tokens, keys, and a few orders that use them.

`python -m desk.trials.chaos.preparing '{"workspaces": 3, "secret": "sk-..."}'` prints one line of JSON; it runs as a
process of its own with the settings of the run.
"""

import json
import sys
from typing import Any

import django


def prepare(workspaces: int, secret: str) -> dict[str, Any]:
    """Make them. Returns {"tokens": one for each workspace, "boss": a superuser's, "jobs": ids of orders with keys,
    "accounts": class -> id for each workspace, "planned" and "held": ids of publications}.

    The first person and the second workspace have `secret` as their OpenAI key. Mails are ordered too.
    """
    from accounts import keys, tokens
    from accounts.models import User
    from accounts.workspaces import create_tenant

    people = [User.objects.create_user(f"chaos{number}") for number in range(workspaces)]
    places = [create_tenant(f"Chaos {number}", user) for number, user in enumerate(people)]
    keys.save_key(people[0], "openai", secret)
    keys.save_key(places[1], "openai", secret)
    boss = User.objects.create_superuser("chaos-boss")
    own = list(zip(people, places, strict=True))
    accounts = [_accounts(place, person) for person, place in own]
    return {
        "accounts": accounts,
        **_publications(people, places, accounts),
        "tokens": [tokens.issue(user, tenant, "chaos", by="system")[1] for user, tenant in own],
        "boss": tokens.issue(boss, places[0], "chaos", by="system")[1],
        "jobs": _order_with_keys(people, places),
    }


def _accounts(tenant: Any, user: Any) -> dict[str, int]:
    """A wall of each class, whose first posts go wrong in the ways that a platform's may."""
    from desk.trials.chaos.leaving import CLASSES
    from publishing import connecting
    from publishing.models import WallFault

    made = {}
    for name in CLASSES:
        account = connecting.connect(tenant, user, platform="offline", name=name, credentials={"behaves": name})
        # The refusal first: that of a second call would rightly leave a question open.
        for kind in (WallFault.Kind.REFUSED, WallFault.Kind.LOST, WallFault.Kind.BUSY):
            WallFault.objects.create(account=account, kind=kind)
        made[name] = account.pk
    return made


def _publications(people: list[Any], places: list[Any], accounts: list[dict[str, int]]) -> dict[str, list[int]]:
    """One planned for the next minute and one that is held, on each account; and two mails for each workspace."""
    from datetime import timedelta

    from django.utils import timezone

    from publishing import mailing, ordering
    from publishing.models import Hold
    from publishing.orders import PublicationOrder

    found: dict[str, list[int]] = {"planned": [], "held": []}
    for tenant, user, own in zip(places, people, accounts, strict=True):
        for account in own.values():
            soon = timezone.now() + timedelta(minutes=1)
            for kind, moment, holds in (
                ("planned", soon, []),
                ("held", None, [(Hold.Kind.GROUNDING, "Chaos holds it.")]),
            ):
                wish = {"account_id": account, "text": f"{kind} on {account}", "scheduled_at": moment}
                order = PublicationOrder.model_validate(wish)
                row, _job = ordering.publish(order, tenant=tenant, user=user, holds=holds)
                found[kind].append(row.pk)
        for number in range(2):
            mailing.order(tenant, f"reader{number}@example.com", "Chaos", "Words.", key=f"chaos-{number}")
    return found


def _order_with_keys(people: list[Any], places: list[Any]) -> list[str]:
    """Orders whose calls go to vendor.py: four at OpenAI with two keys, one at TMDb."""
    from ai.models import ListedModel
    from blog import batches
    from blog.orders import Order

    model = ListedModel.objects.for_text().filter(provider="openai", status=ListedModel.Status.ACTIVE).first()
    assert model, "the model list has no model of OpenAI"
    asked = [(number % 2, model.model_id, "offline") for number in range(4)] + [(0, "offline", "tmdb")]
    jobs = []
    for line, (number, name, catalog) in enumerate(asked):
        order = Order.model_validate({"source": "popular", "count": 1, "model": name})
        # With a key a job stays a day, however many others end: it can be counted.
        where: dict[str, Any] = {"tenant": places[number], "user": people[number], "key": f"chaos-keyed-{line}"}
        jobs.append(batches.start(order, catalog=catalog, **where)[1].pk)
    return jobs


if __name__ == "__main__":
    django.setup()
    sys.stdout.write(f"{json.dumps(prepare(**json.loads(sys.argv[1])))}\n")
