"""Brands: a name once in a workspace, colours that are colours, fonts by name, and only one's own."""

import pytest

from accounts.models import Brand

pytestmark = pytest.mark.django_db
GOOD = {
    "name": "Acme",
    "slug": "acme",
    "colours": "#7A2EA6, #fffdfa",
    "fonts": "Source Serif, Manrope",
    "time_zone": "",
}


def test_a_brand_is_made_and_shown(client_for, owner):
    olga = client_for(owner)
    olga.post("/admin/accounts/brand/add/", GOOD)
    brand = Brand.objects.get()
    assert (brand.colours, brand.fonts) == (["#7a2ea6", "#fffdfa"], ["Source Serif", "Manrope"])
    page = olga.get("/admin/accounts/brand/").content.decode()
    for words in ("Acme", 'aria-label="#7a2ea6"', "Source Serif, Manrope"):
        assert words in page


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("colours", "red", "is no colour"),
        ("colours", "#fff", "is no colour"),
        ("colours", ", ".join(["#112233"] * 7), "at most|Up to|six|6"),
        ("fonts", "x" * 61, "at most 60"),
        ("fonts", "a, b, c, d", "at most|3"),
        ("time_zone", "Mars/Olympus", "no such time zone"),
        ("name", "", "required"),
    ],
)
def test_what_is_none_is_refused_with_a_sentence(client_for, owner, field, value, words):
    page = client_for(owner).post("/admin/accounts/brand/add/", {**GOOD, field: value}).content.decode()
    assert any(word in page for word in words.split("|"))
    assert not Brand.objects.exists()


def test_a_name_is_there_once_in_a_workspace_and_again_in_another(client_for, owner, stranger):
    client_for(owner).post("/admin/accounts/brand/add/", GOOD)
    page = client_for(owner).post("/admin/accounts/brand/add/", GOOD).content.decode()
    assert "already" in page
    client_for(stranger).post("/admin/accounts/brand/add/", GOOD)
    assert Brand.objects.count() == 2


def test_brands_of_others_are_not_seen(client_for, owner, stranger, viewer):
    client_for(owner).post("/admin/accounts/brand/add/", GOOD)
    brand = Brand.objects.get()
    stan = client_for(stranger)
    assert stan.get(f"/admin/accounts/brand/{brand.pk}/change/").status_code in (302, 403, 404)
    assert "Acme" not in stan.get("/admin/accounts/brand/").content.decode()
    assert client_for(viewer).get("/admin/accounts/brand/add/").status_code == 403
    assert Brand.objects.for_tenant(brand.tenant).named("acme").get() == brand
    assert Brand.objects.for_tenant(brand.tenant).named(brand.pk).get() == brand
    assert not Brand.objects.for_tenant(stranger.memberships.get().tenant).named("acme").exists()
