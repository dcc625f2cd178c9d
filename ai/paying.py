"""What every request row has in common that pays for calls: its name, its jobs, its models and what it cost."""

from decimal import Decimal
from typing import Any

from django.db import models

from ai.chain import Chain
from ai.models import Call
from jobs.models import Job, JobQuerySet, request_ref


class PaidWork:
    """Mixed into a request row with the columns model, key_owner, fallbacks and on_errors."""

    model_id: str
    key_owner: Any
    fallbacks: Any
    on_errors: Any

    @property
    def origin(self) -> str:
        """How calls and jobs name this row, as blog.Batch:5."""
        assert isinstance(self, models.Model)
        return request_ref(self)

    @property
    def jobs(self) -> JobQuerySet:
        """All its jobs, newest first."""
        assert isinstance(self, models.Model)
        return Job.objects.for_request(self)

    @property
    def job(self) -> Job | None:
        """The newest job, as long as its row is kept."""
        return self.jobs.first()

    @property
    def chain(self) -> Chain:
        """The models that write it, as decided when it was accepted."""
        return Chain.of(self.model_id, self.key_owner, self.fallbacks, self.on_errors)

    def spent_usd(self) -> Decimal:
        """What its calls cost so far."""
        return Call.objects.filter(origin=self.origin).spent_usd()
