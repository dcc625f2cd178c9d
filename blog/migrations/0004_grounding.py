from django.db import migrations, models

from ai.grounding import check_all

CHECKED = ("title", "body", "excerpt", "seo_title", "seo_description")


def check_facts(apps, schema_editor):
    """Posts that were written before get their report. The check asks nobody and takes milliseconds."""
    posts = apps.get_model("blog", "Post").objects.only("snapshot", *CHECKED)
    for post in posts.iterator(chunk_size=200):
        texts = {name: getattr(post, name) for name in CHECKED}
        posts.filter(pk=post.pk).update(grounding=check_all(texts, post.snapshot))


class Migration(migrations.Migration):

    dependencies = [
        ("blog", "0003_models"),
    ]

    operations = [
        migrations.AddField(
            model_name="post",
            name="grounding",
            field=models.JSONField(
                default=dict, editable=False, help_text="See ai.grounding.check_all.", verbose_name="facts"
            ),
        ),
        migrations.RunPython(check_facts, migrations.RunPython.noop),
    ]
