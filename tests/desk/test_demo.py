import json
import os
import stat

import pytest
from django.core.management import CommandError, call_command

from accounts import tokens
from accounts.models import ApiToken, Role, Tenant, User
from desk import demo

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.VAR_DIR = tmp_path


def test_the_demo_user_is_superuser_and_owner_and_everything_works():
    login = demo.prepare()
    user = User.objects.get(username="demo")
    assert set(login) == {"url", "tenant", "user", "password", "token"}
    assert user.is_superuser
    assert user.check_password(login["password"])
    assert Tenant.objects.get(slug=login["tenant"]).memberships.get(user=user).role == Role.OWNER
    assert tokens.find(login["token"]).user == user
    assert stat.S_IMODE(os.stat(demo.demo_file()).st_mode) == 0o600


def test_it_prints_the_same_secrets_again():
    assert demo.prepare() == demo.prepare()
    assert ApiToken.objects.count() == 1


def test_a_changed_password_or_lost_file_makes_new_ones():
    first = demo.prepare()
    User.objects.get(username="demo").set_password("other")
    demo.demo_file().write_text("not json")
    second = demo.prepare()
    assert second["password"] != first["password"]
    assert tokens.find(second["token"])


def test_reset_deletes_the_workspace(tenant):
    demo.prepare()
    old = Tenant.objects.get(slug="demo").pk
    demo.prepare(reset=True)
    assert Tenant.objects.get(slug="demo").pk != old
    assert Tenant.objects.filter(pk=tenant.pk).exists()


def test_json_is_the_last_line(capsys):
    call_command("demo", "--json", "--yes")
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["user"] == "demo"


def test_a_configured_database_is_not_touched_without_yes(settings):
    settings.DATABASE_IS_CONFIGURED = True
    with pytest.raises(CommandError, match="--yes"):
        call_command("demo")
    assert not User.objects.exists()
