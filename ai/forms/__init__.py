"""The forms of the AI room."""

from ai.forms.budgets import BudgetForm
from ai.forms.catalogue import ListedModelForm, PriceForm
from ai.forms.choice import ModelField
from ai.forms.order import OrderForm, one_time_key
from ai.forms.prompts import PromptForm
from ai.forms.settings import SettingsForm
from ai.forms.trials import ReplayForm, TryForm
from ai.forms.usage import UsageForm

__all__ = [
    "BudgetForm",
    "ListedModelForm",
    "ModelField",
    "OrderForm",
    "PriceForm",
    "PromptForm",
    "ReplayForm",
    "SettingsForm",
    "TryForm",
    "UsageForm",
    "one_time_key",
]
