"""What the AI room stores: the model list with its prices, calls and lots, budgets, wishes, prompts, trials."""

from ai.models.calls import Call, CallQuerySet, Lot
from ai.models.catalogue import ListedModel, ListedModelQuerySet, Price
from ai.models.money import Budget, Cooldown
from ai.models.trials import Trial, TrialItem
from ai.models.wishes import Fallback, Preference, PromptEdition

__all__ = [
    "Budget",
    "Call",
    "CallQuerySet",
    "Cooldown",
    "Fallback",
    "ListedModel",
    "ListedModelQuerySet",
    "Lot",
    "Preference",
    "Price",
    "PromptEdition",
    "Trial",
    "TrialItem",
]
