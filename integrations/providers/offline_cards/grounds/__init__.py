"""What lies behind the words, one file per style. Which styles there are is said here."""

from collections.abc import Callable

from integrations.providers.offline_cards.grounds import abstract, cartoon, minimalist, realistic
from integrations.providers.offline_cards.grounds.design import Design
from integrations.providers.offline_cards.ordering import Order

DESIGNS: dict[str, Callable[[Order], Design]] = {
    "minimalist": minimalist.design,
    "abstract": abstract.design,
    "cartoon": cartoon.design,
    "realistic": realistic.design,
}
