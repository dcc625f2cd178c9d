"""What every line of the provider and catalog tables has to keep. A new vendor is tested by being in its table."""

import json
import subprocess
import sys
from datetime import date
from decimal import Decimal
from itertools import islice

import pytest

from integrations.catalogs import catalogs
from integrations.catalogs.base import MEDIA_TYPES, SOURCES, Catalog, Filters, Title
from integrations.errors import ModelGone, Unsupported
from integrations.providers import providers
from integrations.providers.base import Completion, Drawing, Model, Provider, Request
from integrations.registry import Registry

TODAY = date(2026, 3, 14)
FACTS = {
    "title": Title(ref="movie:1", media_type="movie", name="A Film", year=1999, genres=["Drama"]).facts(),
    "language": "en",
    "length": "short",
    "tone": "neutral",
}


# --- the tables -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("table", [providers, catalogs])
def test_every_table_has_offline_and_names_what_it_has(table: Registry) -> None:
    assert "offline" in table
    with pytest.raises(Unsupported, match=r"no 'nobody' here; choose one of .*offline"):
        table.get("nobody")


def test_vendors_are_imported_at_first_use_only() -> None:
    code = (
        "import sys; from integrations.providers import providers; from integrations.catalogs import catalogs;"
        "vendors = {path.rpartition('.')[0] for table in (providers, catalogs) for path in table.paths.values()};"
        "sys.exit(len(vendors & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


# --- providers --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", list(providers))
def test_provider_says_who_it_is_and_what_it_can(name: str) -> None:
    vendor = providers.get(name)
    assert issubclass(vendor, Provider)
    assert vendor.name == name
    assert vendor.label.strip()
    assert isinstance(vendor.needs_key, bool)
    assert isinstance(vendor.is_language_model, bool)


# Those that are asked over the network answer against servers of their own: test_provider_contract.py, test_tmdb.py.
FREE_PROVIDERS = [
    name for name in providers if not (providers.get(name).needs_key or providers.get(name).needs_base_url)
]
FREE_CATALOGS = [name for name in catalogs if not catalogs.get(name).needs_key]


def free_provider(name: str) -> Provider:
    return providers.get(name)()


@pytest.mark.parametrize("name", FREE_PROVIDERS)
def test_provider_lists_models_with_prices(name: str) -> None:
    models = free_provider(name).models()
    assert models
    assert all(isinstance(model, Model) for model in models)
    assert len({model.id for model in models}) == len(models)
    assert all(model.label and model.usd_in_per_m >= 0 and model.usd_out_per_m >= 0 for model in models)


@pytest.mark.parametrize("name", FREE_PROVIDERS)
def test_provider_answers_with_every_model(name: str) -> None:
    provider = free_provider(name)
    provider.check_key()
    for model in provider.models():
        answer = provider.complete(Request(model.id, "You write.", "Write about A Film.", FACTS))
        assert isinstance(answer, Completion)
        assert answer.model_requested == model.id
        assert answer.model_used
        assert answer.finish in {"stop", "length", "refused"}
        assert answer.text.strip()
        assert answer.usage.input_tokens >= 0
        assert answer.usage.output_tokens >= 0
        assert answer.cost is None or (isinstance(answer.cost, Decimal) and answer.cost >= 0)


@pytest.mark.parametrize("name", FREE_PROVIDERS)
def test_provider_answers_a_schema_or_says_that_it_cannot(name: str) -> None:
    provider = free_provider(name)
    for model in provider.models():
        request = Request(model.id, "You write.", "Write about A Film.", FACTS, schema={"type": "object"})
        if provider.takes_schema(model.id):
            assert isinstance(provider.complete(request).parsed, dict)
        else:
            with pytest.raises(Unsupported, match="in no JSON schema"):
                provider.complete(request)


@pytest.mark.parametrize("name", list(providers))
def test_provider_that_lacks_an_ability_says_so(name: str) -> None:
    vendor = providers.get(name)
    provider = vendor("some-key")
    if not vendor.draws:
        with pytest.raises(Unsupported, match="draws no pictures"):
            provider.draw(Drawing("a-model", "A film"))
    if not vendor.takes_lots:
        with pytest.raises(Unsupported, match="no cheaper lane"):
            provider.submit({}, "label")
        assert provider.find_lot("label") is None


@pytest.mark.parametrize("name", FREE_PROVIDERS)
def test_provider_refuses_an_unknown_model(name: str) -> None:
    with pytest.raises(ModelGone, match="no-such-model"):
        free_provider(name).complete(Request("no-such-model", "", "Hello", FACTS))


# --- catalogs ---------------------------------------------------------------------------------------------------

CASES = [(name, source, media) for name in FREE_CATALOGS for source in SOURCES for media in MEDIA_TYPES]


def free_catalog(name: str) -> Catalog:
    return catalogs.get(name)()


@pytest.mark.parametrize("name", list(catalogs))
def test_catalog_says_who_it_is(name: str) -> None:
    vendor = catalogs.get(name)
    assert issubclass(vendor, Catalog)
    assert vendor.name == name
    assert vendor.label.strip()


@pytest.mark.parametrize(("name", "source", "media_type"), CASES)
def test_catalog_answers_every_source_for_both_media_types(name: str, source: str, media_type: str) -> None:
    titles = list(islice(free_catalog(name).titles(source, media_type, Filters(), TODAY), 60))
    assert len(titles) >= 40
    assert len({title.ref for title in titles}) == len(titles)
    for title in titles:
        assert isinstance(title, Title)
        assert title.media_type == media_type
        assert title.name
        facts = title.facts()
        assert json.loads(json.dumps(facts)) == facts
        assert facts["source"]


@pytest.mark.parametrize(("name", "source", "media_type"), CASES)
def test_catalog_explains_every_source_in_plain_sentences(name: str, source: str, media_type: str) -> None:
    text = free_catalog(name).explain(source, media_type, TODAY)
    assert text[0].isupper()
    assert text.endswith(".")
    assert 30 < len(text) < 250


@pytest.mark.parametrize("name", FREE_CATALOGS)
@pytest.mark.parametrize(("source", "media_type"), [("nowhere", "movie"), ("popular", "radio")])
def test_catalog_refuses_what_it_does_not_know(name: str, source: str, media_type: str) -> None:
    catalog = free_catalog(name)
    with pytest.raises(KeyError, match="there are"):
        list(islice(catalog.titles(source, media_type, Filters(), TODAY), 1))
    with pytest.raises(KeyError, match="there are"):
        catalog.explain(source, media_type, TODAY)


@pytest.mark.parametrize(("name", "source", "media_type"), CASES)
def test_catalog_keeps_to_the_filters(name: str, source: str, media_type: str) -> None:
    filters = Filters(min_rating=7.5, year_from=1960, year_to=2012)
    for title in islice(free_catalog(name).titles(source, media_type, filters, TODAY), 30):
        assert title.rating is not None
        assert title.rating >= 7.5
        assert title.year is not None
        assert 1960 <= title.year <= 2012
