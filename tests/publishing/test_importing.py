"""Publications from CSV: rows that are right, rows that are not, and files that are none."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from publishing import importing
from publishing.models import Account, Publication

pytestmark = [pytest.mark.django_db, pytest.mark.one_ground]
HEAD = "account,at,zone,text,thread,title,html,canonical_url,media_ids,made_with_ai,alts\n"


@pytest.fixture
def account(wall: Any) -> Account:
    return wall(name="Wall")


def read(tenant: Any, text: str, head: str = HEAD, as_drafts: bool = False) -> list[importing.Row]:
    return importing.read(tenant, (head + text).encode(), as_drafts=as_drafts)


def problem(tenant: Any, text: str) -> str:
    (row,) = read(tenant, text)
    return " ".join(row.problems)


def test_a_row_becomes_a_publication(tenant: Any, owner: Any, account: Account) -> None:
    text = 'Wall,2030-06-05 09:00,Europe/Vienna,"Films, all of them\n#film","Two\n---\nThree",,,,,yes\n'
    (row,) = read(tenant, text)
    assert row.problems == []
    (made,) = importing.store(tenant, owner, [row], "k1")
    assert (made.state, made.scheduled_at) == ("scheduled", datetime(2030, 6, 5, 7, 0, tzinfo=UTC))
    assert made.content == {"text": "Films, all of them\n#film", "thread": ["Two", "Three"], "madeWithAi": True}
    assert importing.store(tenant, owner, [row], "k1") == []
    assert Publication.objects.count() == 1


@pytest.mark.parametrize(
    ("at", "zone", "hour"),
    [
        ("2030-06-05 09:00", "", 9),
        ("2030-06-05T09:00", "UTC", 9),
        ("2030-06-05T09:00:00+02:00", "Asia/Tokyo", 7),
        ("2030-06-05 09:00:30", "Asia/Tokyo", 0),
    ],
)
def test_times_with_and_without_a_zone(tenant: Any, account: Account, at: str, zone: str, hour: int) -> None:
    (row,) = read(tenant, f"Wall,{at},{zone},x,,,,,,\n")
    assert row.problems == []
    assert row.order
    assert row.order.scheduled_at
    assert row.order.scheduled_at.astimezone(UTC).hour == hour


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (",,,x,,,,,,\n", "names no account"),
        ("Nobody,,,x,,,,,,\n", "no account “Nobody”"),
        ("Wall,soon,,x,,,,,,\n", "“soon” is no time"),
        ("Wall,2030-13-01 09:00,,x,,,,,,\n", "is no time"),
        ("Wall,2030-06-05 09:00,Mars/Base,x,,,,,,\n", "no zone “Mars/Base”"),
        ("Wall,2030-06-05 09:00,../../etc/passwd,x,,,,,,\n", "There is no zone"),
        ("Wall,2030-03-31 02:30,Europe/Vienna,x,,,,,,\n", "does not exist, or comes twice"),
        ("Wall,2030-10-27 02:30,Europe/Vienna,x,,,,,,\n", "does not exist, or comes twice"),
        ("Wall,2020-01-01 09:00,,x,,,,,,\n", "This time has passed"),
        ("Wall,,,,,,,,,\n", "nothing to publish"),
        (f"Wall,,,{'a' * 5001},,,,,,\n", "1 too many"),
        (f"Wall,,,x,{'a' * 5001},,,,,\n", "Part 2"),
        ("Wall,,,x,,,,,7,\n", "no file 7"),
        ("Wall,,,x,,,,,seven,\n", "no number of a file"),
        ("Wall,,,x,,,,,,perhaps\n", "yes or no"),
        ("Wall,,,x,,,,,,,seven\n", "alts is an object"),
        ("Wall,0001-01-01 00:00,Europe/Vienna,x,,,,,,\n", "no time on any calendar"),
        ("Wall,0001-01-01T00:00+14:00,,x,,,,,,\n", "on the calendar"),
        ("Wall,9999-12-31 23:59,America/New_York,x,,,,,,\n", "no time on any calendar"),
        ("Wall,2099-01-01 00:00,,x,,,,,,\n", "more than ten years ahead"),
        ("Wall,,,x,,,,ftp://x,,\n", "String should match pattern"),
    ],
)
def test_what_is_wrong_with_a_row_is_said(tenant: Any, account: Account, text: str, words: str) -> None:
    assert words in problem(tenant, text)


def test_an_account_may_be_named_by_its_number_and_two_of_a_name_must_be(
    tenant: Any, owner: Any, account: Account
) -> None:
    from publishing import connecting

    assert read(tenant, f"{account.pk},,,x,,,,,,\n")[0].account == account
    keys = {"botToken": "123456:abcdefghij", "chatId": "@films"}
    connecting.connect(tenant, owner, platform="telegram", name="Wall", credentials=keys)
    assert "Two accounts are called “Wall”" in problem(tenant, "Wall,,,x,,,,,,\n")


@pytest.mark.parametrize("text", ["=2+2", "+43 1 234", "-5", "@ann hello", '=HYPERLINK("https://evil.example")'])
def test_a_formula_is_a_text(tenant: Any, owner: Any, account: Account, text: str) -> None:
    import csv
    import io

    from publishing import exporting

    for cell in (text, f"'{text}"):  # as it is, and as our own export writes it
        out = io.StringIO()
        csv.writer(out).writerow(["Wall", "", "", cell, "", "", "", "", "", ""])
        (row,) = read(tenant, out.getvalue())
        assert row.order
        assert row.order.text == text
    made = importing.store(tenant, owner, [row], "k1")
    exported = "".join(exporting.as_csv(made, tenant.zone))
    assert f"'{text.replace(chr(34), chr(34) * 2)}" in exported
    again = importing.read(tenant, exported.encode(), as_drafts=True)
    assert [one.order.text for one in again if one.order] == [text]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "The file is empty"),
        (b"\n \n", "The file is empty"),
        (b"\xff\xfe\x00", "no text in UTF-8"),
        (b"account,text\nWall,\x00", "zero bytes"),
        (b"konto,inhalt\nWall,x", "names no column account and no text"),
        (b'account,text\nWall,"x', "is no CSV"),
        (b"account,text\n" + b"Wall,x\n" * 10_000, "more than 500 rows. Split it"),
        (b"x" * 2_000_001, "at most 2 MB are read"),
    ],
)
def test_a_file_that_is_none_is_told(
    client_for: Any, editor: Any, account: Account, content: bytes, words: str
) -> None:
    values = {"table": SimpleUploadedFile("a.csv", content), "key": "k1"}
    if not content:
        words = "The submitted file is empty"
    got = client_for(editor).post(reverse("publishing:calendar_import"), values)
    assert got.status_code == 422
    assert words in got.content.decode()
    assert Publication.objects.count() == 0


@pytest.mark.parametrize(
    "content",
    [
        "account;text\nWall;Films",
        "account\ttext\r\nWall\tFilms\r\n",
        "\ufeffaccount,text\nWall,Films",
        "Text, ACCOUNT \nFilms,Wall",
    ],
)
def test_what_spreadsheets_write(tenant: Any, account: Account, content: str) -> None:
    (row,) = read(tenant, content, head="")
    assert (row.problems, row.words) == ([], "Films")


def test_nothing_is_stored_before_every_row_is_right_or_left_out(
    client_for: Any, editor: Any, viewer: Any, account: Account
) -> None:
    content = (HEAD + "Wall,,,Good,,,,,,\nNobody,,,Bad,,,,,,\nWall,2030-06-05 09:00,,Also good,,,,,,\n").encode()
    url, client = reverse("publishing:calendar_import"), client_for(editor)
    assert client_for(viewer).get(url).status_code == 403

    def send(**values: str) -> Any:
        table = SimpleUploadedFile("a.csv", content)
        return client.post(url, {"table": table, "key": "k1", "as_drafts": "on", **values})

    got = send()
    assert (got.status_code, Publication.objects.count()) == (422, 0)
    text = got.content.decode()
    assert "1 of 3 rows have a problem; nothing was stored" in text
    assert "no account “Nobody”" in text
    assert "Bad" in text
    assert send(only_good="on").status_code == 302
    send(only_good="on")
    assert sorted(Publication.objects.values_list("state", flat=True)) == ["draft", "draft"]


def test_five_hundred_rows_are_read_in_time(tenant: Any, account: Account) -> None:
    rows = read(tenant, "Wall,2030-06-05 09:00,,Film,,,,,,\n" * 500)
    assert len(rows) == 500
    assert not any(row.problems for row in rows)
