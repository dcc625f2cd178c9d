"""Importing publications from CSV: every row is looked at first, and what is wrong with it is said by its line."""

import csv
import io
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from accounts.models import Tenant
from integrations.errors import OutsideError
from publishing import ordering
from publishing.drafts import BadContent, files_of
from publishing.exporting import COLUMNS
from publishing.following import parts_in
from publishing.models import Account, Publication
from publishing.orders import PublicationOrder

MOST_ROWS = 500
MOST_BYTES = 2_000_000
MOMENTS = ("%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S")
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
NEEDED = ("account", "text")
YES, NO = {"yes", "y", "true", "1", "x"}, {"", "no", "n", "false", "0"}


class BadFile(ValueError):
    """A file that cannot be read at all; the text says why."""


@dataclass
class Row:
    """One line of the file: what it becomes, or what is wrong with it."""

    line: int
    words: str
    account: Account | None = None
    order: PublicationOrder | None = None
    problems: list[str] = field(default_factory=list)


def content_of(file: Any) -> bytes:
    """What is in an uploaded file, as far as it is read at all."""
    return bytes(file.read(MOST_BYTES + 1))


def read(tenant: Tenant, content: bytes, *, as_drafts: bool) -> list[Row]:
    """Every row, looked at as its platform would; stores nothing. Raises BadFile."""
    return [_row(tenant, line, cells, as_drafts) for line, cells in _lines(content)]


def store(tenant: Tenant, user: Any, rows: list[Row], key: str) -> list[Publication]:
    """Store the rows that have no problem. The same file under the same key is stored once."""
    made = []
    for row in rows:
        if row.order is None or row.problems:
            continue
        try:
            found, _job = ordering.publish(row.order, tenant=tenant, user=user, schedule=f"import-{key}-{row.line}")
        except ordering.BadOrder as error:
            if "scheduleId" in error.problems:  # it was stored before
                continue
            row.problems.append(str(error))
        else:
            made.append(found)
    return made


def _lines(content: bytes) -> list[tuple[int, dict[str, str]]]:
    if len(content) > MOST_BYTES:
        raise BadFile(f"The file has {len(content) / 1e6:,.1f} MB; at most 2 MB are read. Split it.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BadFile("The file is no text in UTF-8. Save it as “CSV UTF-8” in your spreadsheet.") from None
    if "\x00" in text:
        raise BadFile("The file is no CSV: there are zero bytes in it. Save it as “CSV UTF-8”.")
    first = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    found: list[tuple[int, list[str]]] = []
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                found.append((reader.line_num, cells))
            if len(found) > MOST_ROWS + 1:
                raise BadFile(f"The file has more than {MOST_ROWS} rows. Split it, and import the parts one by one.")
    except csv.Error as error:
        raise BadFile(f"Line {reader.line_num} is no CSV ({error}). Check its quotation marks.") from None
    if not found:
        raise BadFile("The file is empty. Its first line names the columns.")
    names = [cell.strip().lower() for cell in found[0][1]]
    if missing := [name for name in NEEDED if name not in names]:
        raise BadFile(f"The first line names no column {' and no '.join(missing)}. Known: {', '.join(COLUMNS)}.")
    return [(line, dict(zip(names, cells, strict=False))) for line, cells in found[1:]]


def _row(tenant: Tenant, line: int, cells: dict[str, str], as_drafts: bool) -> Row:
    values = {name: unescaped(cells.get(name, "").strip()) for name in COLUMNS}
    row = Row(line, values["text"] or values["title"])
    row.account = _account(tenant, values["account"], row)
    try:
        moment = _moment(tenant, values["at"], values["zone"], row)
    except OverflowError:
        row.problems.append(f"“{values['at'][:40]}” is no time on any calendar.")
    if row.account is None or row.problems:
        return row
    try:
        wish: dict[str, Any] = {name: values[name] for name in ("text", "title", "html", "canonical_url")}
        wish |= {
            "account_id": row.account.pk,
            "thread": parts_in(values["thread"]),
            "media_ids": _numbers(values["media_ids"], row),
            "made_with_ai": _yes(values["made_with_ai"], row),
            "alts": _alts(values["alts"], row),
            "scheduled_at": moment,
            "draft": as_drafts or moment is None,
        }
        row.order = PublicationOrder.model_validate(wish)
        _look(tenant, row)
    except ValidationError as error:
        row.problems += [str(one["msg"]).removeprefix("Value error, ").capitalize() + "." for one in error.errors()]
    except (BadContent, OutsideError, ordering.BadOrder) as error:
        row.problems.append(str(error))
    return row


def _look(tenant: Tenant, row: Row) -> None:
    """As it is looked at when it is stored."""
    assert row.order
    assert row.account
    ordering.check_time(row.order.scheduled_at)
    publication = Publication(tenant=tenant, account=row.account)
    publication.set_content(row.order.content().snapshot())
    files_of(tenant, publication.content.get("mediaIds", []))
    row.problems += ordering.problems_of(publication).values()


def unescaped(cell: str) -> str:
    """What a spreadsheet would take for a formula stands behind a ' in our own exports; here it is a text."""
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(FORMULA) else cell


def _account(tenant: Tenant, name: str, row: Row) -> Account | None:
    if not name:
        row.problems.append("It names no account.")
        return None
    rows = Account.objects.for_tenant(tenant).for_posts().connected()
    found = list(rows.filter(name=name)[:2])
    if not found and name.isascii() and name.isdigit() and len(name) < 19:
        found = list(rows.filter(pk=int(name)))
    if len(found) == 1:
        return found[0]
    row.problems.append(
        f"Two accounts are called “{name[:60]}”: write the number of one." if found
        else f"There is no account “{name[:60]}” in your workspace."
    )  # fmt: skip
    return None


def _moment(tenant: Tenant, text: str, zone_name: str, row: Row) -> datetime | None:
    if not text:
        return None
    try:
        zone = ZoneInfo(zone_name) if zone_name else tenant.zone
    except (KeyError, ValueError, OSError):
        row.problems.append(f"There is no zone “{zone_name[:60]}”. Write one as Europe/Vienna, or leave it out.")
        return None
    try:
        exact = datetime.fromisoformat(text)
        if exact.tzinfo:
            return exact
    except ValueError:
        pass
    for form in MOMENTS:
        try:
            wall = datetime.strptime(text, form).replace(tzinfo=zone)
        except ValueError:
            continue
        if wall.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != wall.replace(tzinfo=None) or (
            wall.utcoffset() != wall.replace(fold=1).utcoffset()
        ):
            row.problems.append(f"The clocks change in {zone.key} at {text}: this time does not exist, or comes twice.")
            return None
        return wall
    row.problems.append(f"“{text[:40]}” is no time. Write it as 2026-12-31 09:30.")
    return None


def _numbers(text: str, row: Row) -> list[int]:
    found = []
    for one in text.replace(",", " ").replace(";", " ").split():
        if not (one.isascii() and one.isdigit() and len(one) < 19):
            row.problems.append(f"“{one[:30]}” is no number of a file.")
            continue
        found.append(int(one))
    return found


def _alts(text: str, row: Row) -> dict[str, str]:
    """The alt texts that differ from the library's, by number: {"7": "A robot"}."""
    try:
        found = json.loads(text or "{}")
    except ValueError:
        found = None
    if not isinstance(found, dict) or not all(isinstance(one, str) for one in found.values()):
        row.problems.append('alts is an object with texts by the numbers of files, as {"7": "A robot"}.')
        return {}
    return found


def _yes(text: str, row: Row) -> bool:
    if text.lower() not in YES | NO:
        row.problems.append(f"made_with_ai is yes or no, not “{text[:30]}”.")
    return text.lower() in YES
