from django.db import migrations

from ai.model_list import load


def read_the_list(apps, schema_editor):
    load(apps.get_model("ai", "ListedModel"), apps.get_model("ai", "Price"))


class Migration(migrations.Migration):
    """The model list learns that the offline writer draws cards, and what transcription costs."""

    dependencies = [("ai", "0005_prices_and_preferences")]
    operations = [migrations.RunPython(read_the_list, migrations.RunPython.noop)]
