"""The form of a voice."""

from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError

from content.models import Voice, lines_of
from integrations.platforms import platforms
from publishing.opening import ALIASES

MOST_LINES, MOST_GROUPS, MOST_TAGS = 100, 30, 60


class VoiceForm(forms.ModelForm):
    """A voice; what is entered as JSON is looked at here."""

    class Meta:
        model = Voice
        fields: ClassVar = [
            "brand", "description", "tone", "audience", "dos", "donts", "banned", "required", "samples",
            "hashtag_groups", "links", "platforms", "approvers", "gate",
        ]  # fmt: skip

    def clean_banned(self) -> str:
        return self._lines("banned")

    def clean_required(self) -> str:
        return self._lines("required")

    def _lines(self, name: str) -> str:
        found = lines_of(str(self.cleaned_data[name]))
        if len(found) > MOST_LINES or any(len(line) > 100 for line in found):
            raise ValidationError(f"At most {MOST_LINES} lines of 100 characters.")
        return "\n".join(dict.fromkeys(found))

    def clean_hashtag_groups(self) -> dict[str, list[str]]:
        found: Any = self.cleaned_data["hashtag_groups"] or {}
        good = isinstance(found, dict) and len(found) <= MOST_GROUPS
        if not good or not all(isinstance(tags, list) and len(tags) <= MOST_TAGS for tags in found.values()):
            raise ValidationError('Write names and lists of tags, as {"films": ["silent", "keaton"]}.')
        groups = {str(name)[:60]: [str(tag).strip().lstrip("#") for tag in tags] for name, tags in found.items()}
        for tag in (tag for tags in groups.values() for tag in tags):
            if not tag or any(letter.isspace() for letter in tag) or len(tag) > 100:
                raise ValidationError(f"“{tag[:40]}” is no hashtag: write one word without spaces.")
        return groups

    def clean_links(self) -> list[str]:
        found: Any = self.cleaned_data["links"] or []
        good = isinstance(found, list) and len(found) <= 30
        if not good or not all(isinstance(one, str) and one.startswith(("https://", "http://")) for one in found):
            raise ValidationError('Write a list of addresses, as ["https://example.com"].')
        return list(found)

    def clean_platforms(self) -> list[str]:
        found: Any = self.cleaned_data["platforms"] or []
        if not isinstance(found, list):
            raise ValidationError('Write a list of platforms, as ["bluesky", "linkedin"].')
        names = [ALIASES.get(str(one).lower(), str(one).lower()) for one in found]
        if unknown := [name for name in names if name not in platforms]:
            raise ValidationError(f"There is no platform {unknown[0][:40]}. Choose among {', '.join(platforms)}.")
        return list(dict.fromkeys(names))
