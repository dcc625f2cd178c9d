"""Links that show a publication to whoever has them."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone

from publishing.models.publications import Publication


class ShareLink(models.Model):
    """One link, to look at. Only the digest of its secret is stored."""

    publication = models.ForeignKey(Publication, on_delete=models.CASCADE, related_name="share_links")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    digest = models.CharField(max_length=64, unique=True)
    expires_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering: ClassVar = ["-pk"]

    def __str__(self) -> str:
        return f"A link to {self.publication_id}"
