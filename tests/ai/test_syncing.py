"""Reading the providers' lists: what is new, what changed, what ends; and nothing that a person wrote is lost."""

import io
import json
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts import keys
from ai import syncing
from ai.model_list import known
from ai.models import ListedModel, Price
from integrations.errors import ModelGone
from integrations.providers.base import Model
from tests.integrations.vendor_stub import problem

pytestmark = pytest.mark.django_db


def listed(model_id):
    return ListedModel.objects.get(model_id=model_id)


def test_a_new_model_can_be_chosen_and_says_what_is_missing(listed_models):
    read = syncing.store("openai", [Model("gpt-7-nova", "GPT-7 Nova", output_tokens=1000)], is_whole=False)
    assert (read.added, read.changed) == (["gpt-7-nova"], [])
    row = known("gpt-7-nova")
    assert (row.source, row.output_tokens, row.price) == ("list", 1000, None)
    assert row.seen_at


def test_a_date_in_the_list_is_a_lifecycle(listed_models):
    soon = timezone.localdate() + timedelta(days=9)
    syncing.store("openai", [Model("gpt-6-luna", "x", retires_at=soon)], is_whole=False)
    assert (listed("gpt-6-luna").status, listed("gpt-6-luna").retires_at) == ("deprecated", soon)
    syncing.store("openai", [Model("gpt-6-luna", "x", retires_at=date(2026, 1, 1))], is_whole=False)
    with pytest.raises(ModelGone):
        known("gpt-6-luna")


def test_prices_of_a_list_begin_today_and_old_ones_stay(listed_models):
    model = Model("openai/gpt-6-luna", "x", usd_in_per_m=Decimal("0.2"), usd_out_per_m=Decimal(1))
    assert syncing.store("openrouter", [model], is_whole=True).changed == ["openai/gpt-6-luna"]
    assert str(listed("openai/gpt-6-luna").price) == "0.2 / 1"
    assert listed("openai/gpt-6-luna").price_list.count() == 2
    assert syncing.store("openrouter", [model], is_whole=True).changed == []


def test_what_a_person_wrote_stays(listed_models):
    row = listed("gpt-6-luna")
    ListedModel.objects.filter(pk=row.pk).update(source="person", output_tokens=7)
    Price.objects.create(model=row, valid_from=timezone.localdate(), usd_in=9, usd_out=9, source="person")
    model = Model("gpt-6-luna", "x", output_tokens=5, usd_in_per_m=Decimal(1), usd_out_per_m=Decimal(1))
    syncing.store("openai", [model], is_whole=False)
    assert (listed("gpt-6-luna").output_tokens, str(listed("gpt-6-luna").price)) == (7, "9 / 9")


def test_what_a_list_lacks_is_marked_and_not_retired(listed_models):
    read = syncing.store("anthropic", [Model("claude-haiku-5-5", "x")], is_whole=True)
    assert "claude-opus-5-5" in read.missing
    assert "claude-3-opus-20240229" not in read.missing  # it is retired anyway
    assert listed("claude-opus-5-5").missing_since
    assert known("claude-opus-5-5")
    syncing.store("anthropic", [Model("claude-opus-5-5", "x")], is_whole=True)
    assert listed("claude-opus-5-5").missing_since is None
    assert syncing.store("anthropic", [], is_whole=True).missing == []


@pytest.mark.parametrize("name", ["two words", "line\nbreak", "x" * 101, "nul\x00"])
def test_ids_that_no_model_has_are_left_out(listed_models, name):
    assert syncing.store("openai", [Model(name, "x")], is_whole=False).added == []


def test_a_server_of_ones_own_lists_what_costs_nothing(vendors, settings, editor):
    host = vendors.base_url("compatible").split("/")[2]
    settings.OUTBOUND_ALLOW_HOSTS = [host]
    keys.save_server(editor, vendors.base_url("compatible"), "good-key", "object")
    [read] = syncing.sync("compatible")
    assert read.added
    assert all(model_id.startswith("compatible/") for model_id in read.added)
    row = known(read.added[0])
    assert (str(row.price), row.provider) == ("0 / 0", "compatible")
    assert row.remote_id == read.added[0].removeprefix("compatible/")


def test_each_provider_is_read_with_the_keys_at_hand(vendors, settings, tenant):
    settings.SERVER_KEYS = {"openai": "revoked"}
    keys.save_key(tenant, "anthropic", "another-wrong-one")
    reads = {read.provider: read for read in syncing.sync()}
    assert reads.keys() == {"openai", "anthropic", "gemini", "openrouter", "compatible"}
    assert reads["openai"].seen > 0  # the server's key is refused, the editor's works
    assert reads["compatible"].problem == "no key is at hand"
    keys.remove_key(tenant, "anthropic")
    vendors.keys = set()
    reads = {read.provider: read for read in syncing.sync("anthropic")}
    assert "does not accept the key" in reads["anthropic"].problem
    assert "good-key" not in str(reads)


def test_the_command_tells_people_and_programs(vendors):
    out = io.StringIO()
    call_command("sync_models", "--provider", "openai", stdout=out)
    assert out.getvalue().startswith("openai: ")
    out = io.StringIO()
    vendors.then(problem("openai", 503))
    call_command("sync_models", "--provider", "openai", "--json", stdout=out)
    [read] = json.loads(out.getvalue().splitlines()[-1])
    assert "overloaded" in read["problem"]
    with pytest.raises(CommandError, match="choose one of"):
        call_command("sync_models", "--provider", "nobody")


def test_a_workspace_reads_with_its_own_keys_and_the_servers(vendors, settings, tenant, other_tenant, stranger):
    host = vendors.base_url("compatible").split("/")[2]
    settings.OUTBOUND_ALLOW_HOSTS = [host]
    keys.save_server(stranger, vendors.base_url("compatible"), None, "schema")
    [read] = syncing.sync("compatible", tenant)
    assert read.problem == "no key is at hand"
    [read] = syncing.sync("compatible", other_tenant)
    assert "the key of stan" in read.problem
    assert host not in read.problem


def test_one_servers_nonsense_keeps_no_other_list_from_being_read(vendors, monkeypatch):
    real = syncing._store_one

    def stumble(provider, *args):
        if provider == "openai":
            raise OverflowError
        real(provider, *args)

    monkeypatch.setattr(syncing, "_store_one", stumble)
    warned = []
    monkeypatch.setattr(syncing.retiring, "warn", lambda: warned.append(1))
    reads = {read.provider: read for read in syncing.sync()}
    assert "what cannot be stored (OverflowError)" in reads["openai"].problem
    assert reads["anthropic"].seen > 0
    assert warned == [1]
