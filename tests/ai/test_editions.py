"""A workspace's own words for a prompt: numbered, one in use, named by every call; and the pages."""

import pytest
from django.urls import reverse

from accounts.models import AuditEntry
from ai import editions
from ai.models import Call, PromptEdition
from ai.prompting import BadTemplate, Template, Variable, fields, filled
from blog import batches, prompts
from blog.orders import Order
from jobs import accepting
from jobs.running import work

pytestmark = pytest.mark.django_db
NAME = prompts.POST.name
TASK = "In {language}, {words} words, {tone}: {record}"
PAGE, LIST, USE = f"/admin/settings/prompts/{NAME}", "/admin/settings/prompts", f"/admin/settings/prompts/{NAME}/use"


@pytest.fixture(autouse=True)
def no_redis(monkeypatch):
    monkeypatch.setattr(accepting, "push", lambda jobs, patient=False: [])


def write(tenant, by, system="Our rules.", text=TASK):
    return editions.add(prompts.POST, system, text, tenant=tenant, by=by)


def values(client, **changes):
    form = client.get(PAGE).context["form"]
    return {field.name: field.value() for field in form} | changes


# -- templates ------------------------------------------------------------------------------------


def test_values_are_put_in_and_never_read_as_variables():
    assert filled("{a} and {{b}} and {a}", {"a": "{b}"}) == "{b} and {b} and {b}"
    assert fields("{a} {{not}} {b_2}") == {"a", "b_2"}


@pytest.mark.parametrize("words", ["{", "}", "{a", "{}", "{a.b}", "{a[0]}", "{a!r}", "{a:>9}", "{a b}", "{0}"])
def test_what_is_no_variable_is_refused(words):
    with pytest.raises(BadTemplate):
        fields(words)


def test_an_unknown_variable_is_named_with_those_there_are_and_a_needed_one_must_stay():
    template = Template(
        "t", 1, "T", "s", "{must}", {"must": Variable("the facts", "x", required=True), "may": Variable("more", "y")}
    )
    template.check("{may}", "{must}")
    with pytest.raises(BadTemplate, match=r"no variable \{city\} here. There are \{must\}, \{may\}"):
        template.check("s", "{must} {city}")
    with pytest.raises(BadTemplate, match=r"\{must\} is missing: without it the model does not see the facts"):
        template.check("s", "{may}")


def test_every_prompt_of_ours_passes_its_own_check():
    for template in editions.templates().values():
        template.check(template.system, template.text)
        assert template.fill(template.samples).text


# -- editions -------------------------------------------------------------------------------------


def test_two_saves_make_two_numbers_and_one_is_in_use(tenant, other_tenant, owner, stranger):
    first, second = write(tenant, owner), write(tenant, owner, system="Other rules.")
    assert (first.number, second.number) == (1, 2)
    assert write(other_tenant, stranger).number == 1
    assert [row.number for row in PromptEdition.objects.for_tenant(tenant).filter(is_active=True)] == [2]
    assert editions.in_use(tenant, NAME) == second
    assert [row.number for row in editions.history(tenant, NAME)] == [2, 1]
    entry = AuditEntry.objects.filter(tenant=tenant).order_by("-number")[0]
    assert (entry.action, entry.actor, entry.target, entry.details) == ("prompt.changed", "olga", NAME, {"edition": 2})


def test_words_that_cannot_be_filled_in_are_not_stored(tenant, owner):
    with pytest.raises(BadTemplate):
        write(tenant, owner, text="{record} {nonsense}")
    assert not PromptEdition.objects.exists()


def test_an_earlier_edition_and_ours_are_used_again(tenant, other_tenant, owner, stranger):
    first, second, foreign = write(tenant, owner), write(tenant, owner), write(other_tenant, stranger)
    assert editions.use(first, prompts.POST, tenant=tenant, by=owner)
    assert editions.in_use(tenant, NAME) == first
    assert not editions.use(first, prompts.POST, tenant=tenant, by=owner)
    assert editions.use(None, prompts.POST, tenant=tenant, by=owner)
    assert editions.in_use(tenant, NAME) is None
    assert [entry.details["edition"] for entry in AuditEntry.objects.filter(tenant=tenant)] == ["ours", 1, 2, 1]
    assert editions.in_use(other_tenant, NAME) == foreign
    assert second.number == 2


def test_a_call_names_the_edition_that_the_batch_was_accepted_with(tenant, owner, editor):
    edition = write(tenant, owner)
    batch, job = batches.start(Order(source="popular", count=1), tenant=tenant, user=editor)
    write(tenant, owner, system="Too late for this batch.")
    work(job.pk, worker="test")
    call = Call.objects.get()
    assert batch.prompt_edition == edition
    assert (call.prompt_name, call.prompt_version, call.prompt_edition) == (NAME, prompts.POST.version, 1)
    assert call.inputs["system"] == "Our rules."
    assert call.inputs["prompt"].startswith("In English, 300 words, friendly: <<<RECORD")
    assert call.prompt_used == f"{NAME}, version {prompts.POST.version}, edition 1"


# -- differences ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", ""),
        ("", "new words"),
        ("old words", ""),
        ("a  b\nc. d", "a  b\nx d"),
        (" lead and trail ", "lead and trail"),
        ("a " * 4000, "b " + "a " * 4000),
        ("line\n" * 9000, "line\n" * 8999 + "other"),
        ("x" + "." * 50_000 + "y", "x" + "." * 50_001),
        ("ä ö\u2028ü\r\nß", "ä ö ü\nß"),
    ],
)
def test_the_pieces_make_both_texts(before, after):
    pieces = editions.difference(before, after)
    assert "".join(piece["text"] for piece in pieces if piece["kind"] != "new") == before
    assert "".join(piece["text"] for piece in pieces if piece["kind"] != "gone") == after
    assert all(piece["text"] for piece in pieces)


def test_words_are_compared_and_not_what_stands_behind_them():
    pieces = editions.difference("It came out in 1995. See it.", "It came out in 1996, so see it.")
    assert [(piece["kind"], piece["text"]) for piece in pieces] == [
        ("same", "It came out in "),
        ("gone", "1995. See "),
        ("new", "1996, so see "),
        ("same", "it."),
    ]
    assert editions.difference("one two.", "one two three.")[0] == {"kind": "same", "text": "one two"}


# -- the pages ------------------------------------------------------------------------------------


def test_everybody_reads_and_owners_write(client_for, tenant, owner, editor, viewer, client):
    for user in (editor, viewer):
        reader = client_for(user)
        page = reader.get(PAGE)
        assert page.context["form"] is None
        assert "You write blog posts" in page.content.decode()
        assert "Save and use" not in page.content.decode()
        assert reader.get(LIST).status_code == 200
        assert reader.post(PAGE, {"system": "s", "text": TASK}).status_code == 403
        assert reader.post(USE, {"edition": "ours"}).status_code == 403
    assert "/login/" in client.get(PAGE).headers["Location"]
    assert not PromptEdition.objects.exists()
    posted = client_for(owner).post(PAGE, values(client_for(owner), system="Mine.", text=TASK))
    assert posted.headers["Location"] == PAGE
    assert editions.in_use(tenant, NAME).system == "Mine."
    assert "Edition 1" in client_for(viewer).get(LIST).content.decode()


def test_unknown_prompts_and_other_workspaces_editions_are_not_found(client_for, other_tenant, owner, stranger):
    write(other_tenant, stranger)
    client = client_for(owner)
    assert client.get("/admin/settings/prompts/no.such").status_code == 404
    assert client.get(f"{PAGE}?from=1").status_code == 404
    assert client.get(f"{PAGE}?from=x").status_code == 404
    assert client.post(USE, {"edition": "1"}).status_code == 404
    assert client.post(USE, {"edition": "9" * 40}).status_code == 404
    assert client.get(USE).status_code == 405
    assert "always used our words" in client.get(PAGE).content.decode()


@pytest.mark.parametrize(
    ("field", "changes", "why"),
    [
        ("text", {"text": "{record} {city}"}, "There is no variable {city} here. There are {tone}"),
        ("system", {"system": "{city}"}, "There is no variable {city} here"),
        ("text", {"text": "nothing"}, "{record} is missing"),
        ("text", {"text": "{record} }"}, "A brace is open or closed alone"),
        ("system", {"system": " "}, "required"),
        ("text", {"text": "{record}" + "x" * 20_000}, "at most 20000"),
        ("system", {"system": "a\x00b"}, "Null characters"),
        ("__all__", {}, "the words in use already"),
    ],
)
def test_what_is_wrong_stands_at_its_field_and_nothing_is_saved(client_for, owner, field, changes, why):
    client = client_for(owner)
    page = client.post(PAGE, values(client, **changes))
    form = page.context["form"]
    assert list(form.errors) == [field]
    assert why in form.errors[field][0]
    assert not PromptEdition.objects.exists()


def test_both_fields_are_checked_at_once(client_for, owner):
    client = client_for(owner)
    form = client.post(PAGE, values(client, system="{a}", text="{b}")).context["form"]
    assert {"system", "text"} == set(form.errors)


def test_the_preview_fills_in_samples_shows_both_differences_and_saves_nothing(client_for, tenant, owner):
    write(tenant, owner)
    client = client_for(owner)
    page = client.post(PAGE, values(client, system="<b>Bold</b> rules.", preview="1"))
    assert page.status_code == 200
    assert page.context["fills"]["Rules"] == "<b>Bold</b> rules."
    assert page.context["fills"]["Task"].startswith("In English, 300 words, friendly: <<<RECORD")
    assert [title for title, _parts in page.context["differences"]] == ["Beside our words", "Beside edition 1, in use"]
    content = page.content.decode()
    assert "<b>Bold" not in content
    assert "&lt;b&gt;Bold" in content
    assert PromptEdition.objects.count() == 1
    bad = client.post(PAGE, values(client, text="{city}", preview="1"))
    assert bad.context["fills"] == {}
    assert "There is no variable" in bad.content.decode()


def test_a_browsers_line_ends_are_no_change(client_for, owner):
    client = client_for(owner)
    crlf = values(client, system=prompts.SYSTEM.replace("\n", "\r\n"))
    page = client.post(PAGE, crlf)
    assert page.context["form"].non_field_errors() == ["These are the words in use already; nothing was saved."]
    assert page.context["differences"] == []


def test_who_was_overtaken_is_told_first(client_for, tenant, owner):
    client = client_for(owner)
    mine = values(client, system="Mine.")
    write(tenant, owner, system="Faster.")
    page = client.post(PAGE, mine)
    assert "olga changed the words in use while you wrote" in page.context["form"].non_field_errors()[0]
    assert editions.in_use(tenant, NAME).system == "Faster."
    again = {field.name: field.value() for field in page.context["form"]}
    assert client.post(PAGE, again).status_code == 302
    assert editions.in_use(tenant, NAME).system == "Mine."


def test_an_earlier_edition_is_looked_at_and_used_again(client_for, tenant, owner):
    write(tenant, owner, system="First.")
    write(tenant, owner, system="Second.")
    client = client_for(owner)
    assert client.get(f"{PAGE}?from=1").context["form"]["system"].value() == "First."
    assert client.get(f"{PAGE}?from=ours").context["form"]["system"].value() == prompts.SYSTEM
    assert client.post(USE, {"edition": "1"}).headers["Location"] == PAGE
    assert editions.in_use(tenant, NAME).number == 1
    assert "in use already" in client.post(USE, {"edition": "1"}, follow=True).content.decode()
    client.post(USE, {"edition": "ours"})
    assert editions.in_use(tenant, NAME) is None
    assert PromptEdition.objects.count() == 2


def test_a_newer_version_of_ours_is_said(client_for, tenant, owner, viewer):
    write(tenant, owner)
    PromptEdition.objects.update(based_on=prompts.POST.version - 1)
    assert "Our words have a newer version" in client_for(viewer).get(PAGE).content.decode()
    assert "ours is newer" in client_for(viewer).get(LIST).content.decode()


def test_an_edition_that_today_cannot_be_filled_in_is_not_used_again(client_for, tenant, owner):
    write(tenant, owner)
    write(tenant, owner, system="Now.")
    PromptEdition.objects.filter(number=1).update(text="{record} {gone}")
    page = client_for(owner).post(reverse("ai_prompt_use", args=[NAME]), {"edition": "1"}, follow=True)
    assert "There is no variable {gone} here" in page.content.decode()
    assert editions.in_use(tenant, NAME).number == 2
