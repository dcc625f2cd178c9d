from django.db import migrations

from ai.model_list import load


def seed(apps, schema_editor):
    load(apps.get_model("ai", "ListedModel"), apps.get_model("ai", "Price"))


def take_over_preferences(apps, schema_editor):
    """What people and workspaces preferred was a text in their own row; a model that nobody lists is no preference."""
    listed = set(apps.get_model("ai", "ListedModel").objects.values_list("model_id", flat=True))
    preference = apps.get_model("ai", "Preference")
    for owner, name in (("user", "User"), ("tenant", "Tenant")):
        for row in apps.get_model("accounts", name).objects.exclude(preferred_ai_model=""):
            if row.preferred_ai_model in listed:
                preference.objects.create(**{f"{owner}_id": row.pk, "model_id": row.preferred_ai_model})


class Migration(migrations.Migration):
    dependencies = [("ai", "0004_money_and_truth")]
    operations = [
        migrations.RunPython(seed, migrations.RunPython.noop),
        migrations.RunPython(take_over_preferences, migrations.RunPython.noop),
    ]
