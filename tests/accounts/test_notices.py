from accounts import notices
from accounts.models import Notice


def test_the_same_key_is_told_once_per_person(owner, editor, tenant):
    first = notices.tell(owner, "Your key expires", tenant=tenant, level="warning", link="/x", key="key-1")
    assert first.pk
    assert notices.tell(owner, "Your key expires", key="key-1") is None
    assert notices.tell(editor, "Your key expires", key="key-1").pk
    assert Notice.objects.count() == 2


def test_without_a_key_every_notice_is_its_own(owner):
    assert notices.tell(owner, "Hello").key != notices.tell(owner, "Hello").key


def test_a_long_subject_is_cut_to_what_the_row_holds(owner):
    assert len(notices.tell(owner, "x" * 500, link="/" * 500, key="k" * 500).subject) == 200
    assert notices.tell(owner, "again", key="k" * 500) is None


def test_mark_read_counts_the_unread(owner):
    notices.tell(owner, "a")
    notices.tell(owner, "b")
    assert notices.mark_read(Notice.objects.filter(subject="a")) == 1
    assert notices.mark_read(Notice.objects.all()) == 1
    assert not Notice.objects.unread().exists()
