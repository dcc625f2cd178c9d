"""The model list as the settings page shows it: by provider, with prices, lifecycles and what is announced."""

from dataclasses import dataclass
from datetime import date

from django.db.models import Q

from accounts import keys
from ai import lots, showing
from ai.models import ListedModel, Price

# A provider with more models than this is folded away until somebody looks for one.
FOLD_FROM = 40


@dataclass(frozen=True)
class Entry:
    """One model with what a person wants to know of it; `coming` is the next price that is announced."""

    model: ListedModel
    life: showing.Life
    price: Price | None
    coming: Price | None

    @property
    def price_words(self) -> str:
        return showing.price_words(self.price)

    @property
    def batch_words(self) -> str:
        return showing.batch_words(self.price) if lots.has_lane(self.model) else ""

    @property
    def search_text(self) -> str:
        """What a search looks in, in lower case."""
        model = self.model
        return f"{model.label} {model.model_id} {model.blurb} {self.life.words}".lower()


@dataclass(frozen=True)
class Group:
    """The models of one provider, those that live first."""

    name: str
    label: str
    entries: list[Entry]
    is_folded: bool

    @property
    def living(self) -> int:
        return len(self.entries) - self.retired

    @property
    def retired(self) -> int:
        return sum(entry.life.is_over for entry in self.entries)


def groups(today: date, query: str = "") -> list[Group]:
    """The models that write texts, by provider in the order of the list; with a query only those that match it."""
    rows = ListedModel.objects.for_text().prefetch_related("price_list")
    if query:
        words = Q(label__icontains=query) | Q(model_id__icontains=query) | Q(blurb__icontains=query)
        rows = rows.filter(words | Q(provider__icontains=query)) if "\x00" not in query else rows.none()
    found: dict[str, list[Entry]] = {}
    for model in rows:
        entry = Entry(model, showing.life(model, today), model.price_on(today), model.next_price(today))
        found.setdefault(model.provider, []).append(entry)
    return [
        Group(
            name=name,
            label=keys.LABELS.get(name, name.capitalize()),
            entries=sorted(entries, key=lambda entry: entry.life.is_over),
            is_folded=not query and len(entries) > FOLD_FROM,
        )
        for name, entries in found.items()
    ]
