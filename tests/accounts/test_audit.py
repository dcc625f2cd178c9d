import datetime

import pytest
from django.db import connection, transaction

from accounts import audit
from accounts.models import AuditEntry, AuditHead, AuditTrailIsFixed


def write(sql, *values):
    """Past Pressroom, as somebody with the database password would."""
    with connection.cursor() as cursor:
        cursor.execute(sql, values)


@pytest.fixture
def trail(owner, tenant):
    for number in range(1, 6):
        audit.record(owner, "thing.done", tenant=tenant, target=f"thing {number}", count=number)


def test_entries_form_a_chain_from_64_zeros(owner, tenant):
    first = audit.record(owner, "a", tenant=tenant, target="x", at=datetime.date(2026, 1, 2))
    second = audit.record("clean-up", "b")
    assert (first.number, first.previous_hash) == (1, "0" * 64)
    assert (second.number, second.previous_hash, second.actor) == (2, first.hash, "clean-up")
    assert first.details == {"at": "2026-01-02"}
    assert len(first.hash) == 64
    assert audit.verify() is None


def test_an_empty_trail_is_whole(db):
    assert audit.verify() is None


@pytest.mark.parametrize(
    "change",
    [
        "actor = 'mallory'",
        "action = 'other'",
        "target = 'other'",
        "details = '{}'",
        "at = '2020-01-01'",
        "tenant_id = 999",
        "hash = 'f'",
    ],
)
def test_a_changed_entry_is_found(trail, change):
    write(f"UPDATE accounts_auditentry SET {change} WHERE number = 3")  # noqa: S608
    assert audit.verify().number == 3


def test_a_missing_entry_is_found(trail):
    write("DELETE FROM accounts_auditentry WHERE number = 2")
    assert audit.verify() == audit.AuditProblem(2, "this entry is missing")


def test_a_missing_tail_is_found(trail):
    write("DELETE FROM accounts_auditentry WHERE number >= 4")
    problem = audit.verify()
    assert problem.number == 4
    assert "cut off" in problem.problem


def test_a_whole_trail_deleted_is_found(trail):
    write("DELETE FROM accounts_auditentry")
    assert audit.verify().number == 1


def test_a_rewritten_tail_is_found(trail):
    last = AuditEntry.objects.get(number=5)
    last.actor = "mallory"
    write("UPDATE accounts_auditentry SET actor = 'mallory', hash = %s WHERE number = 5", audit.entry_hash(last))
    assert audit.verify().number == 5


def test_an_entry_added_past_us_is_found(trail):
    last = AuditEntry.objects.get(number=5)
    forged = AuditEntry(number=6, actor="x", action="y", at=last.at, previous_hash=last.hash)
    forged.hash = audit.entry_hash(forged)
    forged.save(force_insert=True)
    assert audit.verify().number == 6


def test_a_head_that_is_gone_is_found(trail):
    AuditHead.objects.all().delete()
    assert audit.verify().number == 1


def test_the_chain_is_walked_in_chunks(trail, monkeypatch):
    monkeypatch.setattr(audit, "CHUNK", 2)
    assert audit.verify() is None


def test_entries_can_be_neither_changed_nor_deleted(trail):
    entry = AuditEntry.objects.get(number=3)
    entry.actor = "mallory"
    for attempt in (
        entry.save,
        entry.delete,
        AuditEntry.objects.all().delete,
        lambda: AuditEntry.objects.update(actor="mallory"),
    ):
        with pytest.raises(AuditTrailIsFixed):
            attempt()
    assert audit.verify() is None


def test_secrets_do_not_get_in(owner):
    deep = {"k": "AIza" + "x" * 35}
    entry = audit.record(owner, "oops", key="sk-proj-1234567890abcdef", many=["prt_abcdefghijklmnop"], deep=deep)
    assert entry.details == {"key": "***", "many": ["***"], "deep": {"k": "***"}}


def test_text_no_database_can_store_is_cleaned(owner):
    audit.record(owner, "odd", target="a\x00b\ud800", note="\x00")
    assert audit.verify() is None
    assert AuditEntry.objects.get().target == "ab?"


def test_a_rolled_back_action_leaves_no_entry(owner, tenant):
    audit.record(owner, "first")
    with transaction.atomic():
        audit.record(owner, "second")
        transaction.set_rollback(True)
    assert AuditEntry.objects.count() == 1
    assert audit.verify() is None


def test_the_trail_outlives_the_workspace(owner, tenant):
    audit.record(owner, "a", tenant=tenant)
    tenant.delete()
    assert AuditEntry.objects.count() == 1
    assert audit.verify() is None
