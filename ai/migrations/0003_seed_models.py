from django.db import migrations

from ai.model_list import load


def seed(apps, schema_editor):
    load(apps.get_model("ai", "ListedModel"))


class Migration(migrations.Migration):
    dependencies = [("ai", "0002_money_and_models")]
    operations = [migrations.RunPython(seed, migrations.RunPython.noop)]
