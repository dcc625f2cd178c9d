from django.db import migrations


class Migration(migrations.Migration):
    """The model list was seeded here; 0005 does it now, with its prices in a table of their own."""

    dependencies = [("ai", "0002_money_and_models")]
    operations = []
