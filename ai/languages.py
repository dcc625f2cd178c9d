"""The languages that texts are written in."""

from django.db import models


class Language(models.TextChoices):
    """A language by its code; the label is what a model is told."""

    EN = "en", "English"
    DE = "de", "German"
    FR = "fr", "French"
    ES = "es", "Spanish"
    IT = "it", "Italian"
    PT = "pt", "Portuguese"
    NL = "nl", "Dutch"
    PL = "pl", "Polish"
