"""The model list: the AI models we know, and what they cost from which day on."""

from datetime import date
from decimal import Decimal
from typing import ClassVar

from django.core.validators import MinValueValidator
from django.db import models
from django.utils import timezone


class Origin(models.TextChoices):
    """Where a row comes from: what a person wrote is never overwritten by a file or a list."""

    SEED = "seed", "Pressroom"
    LIST = "list", "The provider's list"
    PERSON = "person", "A person"


class ListedModelQuerySet(models.QuerySet["ListedModel"]):
    def for_text(self) -> "ListedModelQuerySet":
        return self.filter(kind=ListedModel.Kind.TEXT)

    def retiring(self, today: date) -> "ListedModelQuerySet":
        """Those that still live and have a day on which they end, the first to end first."""
        living = self.exclude(status=ListedModel.Status.RETIRED)
        return living.filter(retires_at__gt=today).order_by("retires_at", "pk")


class ListedModel(models.Model):
    """A model we know, whatever its state: seeded from ai/data/models.csv, kept up by the providers' lists."""

    class Kind(models.TextChoices):
        TEXT = "text", "Text"
        IMAGE = "image", "Images"
        TRANSCRIPTION = "transcription", "Transcription"

    class Status(models.TextChoices):
        ACTIVE = "active", "Active"
        DEPRECATED = "deprecated", "Deprecated"
        RETIRED = "retired", "Retired"

    provider = models.CharField(max_length=30)
    model_id = models.CharField("id", max_length=100, unique=True)
    label = models.CharField(max_length=100)
    blurb = models.CharField(max_length=200, blank=True)
    kind = models.CharField(max_length=20, choices=Kind, default=Kind.TEXT)
    context_tokens = models.PositiveIntegerField(null=True, blank=True)
    output_tokens = models.PositiveIntegerField("longest answer (tokens)", null=True, blank=True)
    abilities = models.JSONField(
        null=True, blank=True, editable=False, help_text="Of schema, batch, images; null: the list does not say."
    )
    status = models.CharField(max_length=12, choices=Status, default=Status.ACTIVE)
    retires_at = models.DateField("retires on", null=True, blank=True)
    successor = models.CharField(max_length=100, blank=True, help_text="The id of the model to use instead.")
    note = models.CharField(max_length=200, blank=True)
    source = models.CharField(max_length=10, choices=Origin, default=Origin.SEED, editable=False)
    seen_at = models.DateTimeField("last seen in the provider's list", null=True, editable=False)
    missing_since = models.DateField("not in the provider's list since", null=True, editable=False)

    objects = ListedModelQuerySet.as_manager()

    class Meta:
        verbose_name = "AI model"
        ordering: ClassVar = ["pk"]

    def __str__(self) -> str:
        return self.label

    @property
    def remote_id(self) -> str:
        """What the provider calls it: a model of a server of one's own has that server's name for it behind a slash."""
        return self.model_id.removeprefix("compatible/") if self.provider == "compatible" else self.model_id

    def price_on(self, day: date) -> "Price | None":
        """What it costs on a day: the newest price that had begun, else the first one known; None when none is."""
        known = sorted(self.price_list.all(), key=lambda price: price.valid_from)
        begun = [price for price in known if price.valid_from <= day]
        return begun[-1] if begun else (known[0] if known else None)

    @property
    def price(self) -> "Price | None":
        """What it costs today."""
        return self.price_on(timezone.localdate())

    def next_price(self, today: date) -> "Price | None":
        """The next price that is announced, if any."""
        coming = [price for price in self.price_list.all() if price.valid_from > today]
        return min(coming, key=lambda price: price.valid_from, default=None)

    def is_retired(self, today: date) -> bool:
        """Whether it can be asked for no more."""
        return self.status == self.Status.RETIRED or (self.retires_at is not None and self.retires_at <= today)

    def can(self, ability: str) -> bool | None:
        """Whether its provider's list says that it has an ability; None where the list does not say."""
        return None if self.abilities is None else ability in self.abilities


def _usd(text: str) -> models.DecimalField:
    return models.DecimalField(
        text, max_digits=12, decimal_places=6, null=True, blank=True, validators=[MinValueValidator(0)]
    )


def in_words(usd_in: Decimal, usd_out: Decimal) -> str:
    """Two prices per million tokens for people: "2 / 10"."""
    return " / ".join(f"{Decimal(price).normalize():f}" for price in (usd_in, usd_out))


def minute_in_words(usd_in: Decimal) -> str:
    """The price of a minute of sound: prices of transcription count its milliseconds as tokens."""
    return f"{(Decimal(usd_in) * 60_000 / 1_000_000).normalize():f} a minute"


class Price(models.Model):
    """What a model costs from a day on, in USD per million tokens; empty columns cost what `usd_in` says.

    Transcription costs by time: its prices are for a million milliseconds of sound.
    """

    model = models.ForeignKey(ListedModel, on_delete=models.CASCADE, related_name="price_list")
    valid_from = models.DateField("from")
    usd_in = models.DecimalField("in", max_digits=12, decimal_places=6, validators=[MinValueValidator(0)])
    usd_out = models.DecimalField("out", max_digits=12, decimal_places=6, validators=[MinValueValidator(0)])
    usd_cache_read = _usd("read from the cache")
    usd_cache_write = _usd("written to the cache")
    usd_batch_in = _usd("in, within a day")
    usd_batch_out = _usd("out, within a day")
    above_tokens = models.PositiveIntegerField(
        null=True, blank=True, help_text="A request with more tokens in than this costs more as a whole."
    )
    times_in = models.DecimalField("then in, times", max_digits=6, decimal_places=2, default=1)
    times_out = models.DecimalField("then out, times", max_digits=6, decimal_places=2, default=1)
    read_at = models.DateField("read on", default=timezone.localdate, editable=False)
    source = models.CharField(max_length=10, choices=Origin, default=Origin.PERSON, editable=False)

    class Meta:
        ordering: ClassVar = ["model", "-valid_from"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["model", "valid_from"], name="one_price_per_model_and_day")
        ]

    def __str__(self) -> str:
        """In words for people: "2 / 10", or "0.006 a minute"."""
        if self.model.kind == ListedModel.Kind.TRANSCRIPTION:
            return minute_in_words(self.usd_in)
        return in_words(self.usd_in, self.usd_out)

    @property
    def has_batch_lane(self) -> bool:
        return self.usd_batch_in is not None and self.usd_batch_out is not None
