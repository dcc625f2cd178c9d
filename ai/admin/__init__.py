"""What people see of calls, budgets and the model list."""

from ai.admin.budgets import BudgetAdmin
from ai.admin.calls import CallAdmin
from ai.admin.catalogue import ListedModelAdmin
from ai.admin.trials import TrialAdmin

__all__ = ["BudgetAdmin", "CallAdmin", "ListedModelAdmin", "TrialAdmin"]
