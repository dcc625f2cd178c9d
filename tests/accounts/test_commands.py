import json

import pytest
from cryptography.fernet import Fernet
from django.core.management import CommandError, call_command
from django.db import connection

from accounts import keys, tokens
from accounts.models import ApiToken, ProviderKey
from tests.accounts.test_encryption import own_keys, raw  # noqa: F401


class TestCreateToken:
    def test_it_prints_the_token_alone(self, editor, tenant, capsys):
        call_command("create_token", user="edda", tenant="studio", name="ci", days=30)
        out = capsys.readouterr().out.strip()
        found = tokens.find(out)
        assert (found.user, found.tenant, found.name) == (editor, tenant, "ci")
        assert found.expires_at is not None

    def test_json_is_the_last_line(self, editor, tenant, capsys):
        call_command("create_token", "--user", "edda", "--tenant", str(tenant.pk), "--json")
        content = json.loads(capsys.readouterr().out.splitlines()[-1])
        assert content.pop("token").startswith("prt_")
        assert content == {"name": "command line", "user": "edda", "tenant": "studio", "expiresAt": None}

    def test_an_unknown_user_is_told_who_there_is(self, editor, owner):
        with pytest.raises(CommandError, match=r"There are: .*olga"):
            call_command("create_token", user="x", tenant="studio")

    def test_no_users_at_all(self, db):
        with pytest.raises(CommandError, match=r"manage\.py demo"):
            call_command("create_token", user="x", tenant="studio")

    def test_a_workspace_they_may_not_enter(self, editor, other_tenant, django_user_model):
        with pytest.raises(CommandError, match="They may enter: studio"):
            call_command("create_token", user="edda", tenant="other")
        django_user_model.objects.create_user("nobody")
        with pytest.raises(CommandError, match="belongs to no workspace"):
            call_command("create_token", user="nobody", tenant="other")

    @pytest.mark.parametrize("days", [0, -1, 99999])
    def test_days_have_bounds(self, editor, days):
        with pytest.raises(CommandError, match="--days"):
            call_command("create_token", user="edda", tenant="studio", days=days)
        assert not ApiToken.objects.exists()


class TestRotateKeys:
    def test_the_first_key_opens_everything_afterwards(self, owner, editor, tenant, settings, own_keys, capsys):  # noqa: F811
        for person, provider in ((owner, "openai"), (editor, "gemini"), (tenant, "openai")):
            keys.save_key(person, provider, f"sk-secret-{provider}")
        stamp = ProviderKey.objects.values_list("updated_at", flat=True).first()
        new = Fernet.generate_key().decode()
        settings.FERNET_KEYS = [new, *settings.FERNET_KEYS]
        own_keys()
        call_command("rotate_keys", batch=2)
        assert "3 stored keys" in capsys.readouterr().out
        settings.FERNET_KEYS = [new]
        own_keys()
        assert keys.find(owner, None, "openai") == keys.Found("sk-secret-openai", "user")
        assert keys.find(editor, tenant, "gemini") == keys.Found("sk-secret-gemini", "user")
        assert ProviderKey.objects.values_list("updated_at", flat=True).first() == stamp

    def test_a_row_no_key_opens_is_named_and_the_rest_is_done(self, owner, editor, settings, own_keys):  # noqa: F811
        good, bad = keys.save_key(owner, "openai", "sk-good-1111"), keys.save_key(editor, "openai", "sk-bad-2222")
        before = raw(good.pk)
        with connection.cursor() as cursor:
            token = Fernet(Fernet.generate_key()).encrypt(b"x")
            cursor.execute("UPDATE accounts_providerkey SET sealed = %s WHERE id = %s", [token, bad.pk])
        with pytest.raises(CommandError, match=f"accounts.ProviderKey {bad.pk}"):
            call_command("rotate_keys")
        assert raw(good.pk) != before
        assert keys.find(owner, None, "openai") == keys.Found("sk-good-1111", "user")
