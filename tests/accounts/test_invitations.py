import re
from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone

from accounts import invitations
from accounts.models import AuditEntry, Invitation, Notice, Role, User
from integrations.errors import Refused
from publishing.models import Message
from tests.accounts.conftest import send_mails


@pytest.fixture
def invited(owner, tenant, settings):
    """Invite and return the path of the link in the mail."""
    settings.SITE_URL = "https://press.example"

    def go(email="new@example.com", role=Role.EDITOR):
        invitations.invite(tenant, email, role, by=owner)
        send_mails()
        return re.search(r"https://press\.example(/accounts/invitation/\S+/)", mail.outbox[-1].body)[1]

    return go


def secret_of(path):
    return path.split("/")[-2]


def test_the_mail_has_the_only_copy_of_the_secret(invited):
    path = invited()
    assert mail.outbox[0].to == ["new@example.com"]
    assert "Studio" in mail.outbox[0].subject
    assert secret_of(path) not in str(list(Invitation.objects.values())) + str(list(AuditEntry.objects.values()))
    invitation = Invitation.objects.get()
    assert timedelta(days=6, hours=23) < invitation.expires_at - timezone.now() <= timedelta(days=7)


def test_a_new_person_chooses_a_password_and_is_in(invited, client, tenant):
    path = invited()
    assert "Join Studio" in client.get(path).content.decode()
    data = {"username": "nina", "password1": "Correct-Horse-7", "password2": "Correct-Horse-7"}
    assert client.post(path, data)["Location"] == "/admin/"
    nina = User.objects.get(username="nina")
    assert (nina.email, nina.is_staff, nina.is_superuser) == ("new@example.com", True, False)
    assert tenant.role_of(nina) == Role.EDITOR
    assert client.get("/admin/").status_code == 200
    assert AuditEntry.objects.filter(action="invitation.accepted", actor="nina").exists()


def test_bad_input_is_explained_and_makes_nobody(invited, client, owner):
    path = invited()
    for data, words in (
        ({"username": "OLGA", "password1": "Correct-Horse-7", "password2": "Correct-Horse-7"}, "already exists"),
        ({"username": "nina", "password1": "12345678", "password2": "12345678"}, "too common"),
        ({"username": "nina", "password1": "Correct-Horse-7", "password2": "other"}, "match"),
        ({}, "required"),
    ):
        answer = client.post(path, data)
        assert answer.status_code == 422
        assert words in answer.content.decode()
    assert User.objects.count() == 1
    assert Invitation.objects.get().accepted_at is None


def test_somebody_signed_in_joins_with_one_click(invited, client_for, stranger, tenant):
    client = client_for(stranger)
    path = invited(role=Role.REVIEWER)
    assert "Join as stan" in client.get(path).content.decode()
    client.post(path)
    assert tenant.role_of(stranger) == Role.REVIEWER
    assert client.session["tenant"] == tenant.pk


def test_it_works_once(invited, client_for, stranger, viewer):
    path = invited()
    client_for(stranger).post(path)
    answer = client_for(viewer).post(path)
    assert answer.status_code == 410
    assert "was used" in answer.content.decode()
    with pytest.raises(invitations.InvitationUsed):
        invitations.accept(Invitation.objects.get(), viewer)


def test_expired_and_unknown_links_say_so(invited, client, db):
    path = invited()
    Invitation.objects.update(expires_at=timezone.now())
    answer = client.get(path)
    assert (answer.status_code, "has expired" in answer.content.decode()) == (410, True)
    assert client.post(path, {"username": "x"}).status_code == 410
    answer = client.get("/accounts/invitation/nonsense/")
    assert (answer.status_code, "is unknown" in answer.content.decode()) == (404, True)


def test_a_second_invitation_replaces_the_first(invited, client):
    first, second = invited(), invited("NEW@example.com")
    assert client.get(first).status_code == 404
    assert client.get(second).status_code == 200


def test_a_withdrawn_one_is_gone(invited, client, owner):
    path = invited()
    assert invitations.revoke(Invitation.objects.get(), by=owner)
    assert client.get(path).status_code == 404


def test_an_accepted_one_cannot_be_withdrawn(invited, owner, stranger):
    invited()
    invitations.accept(Invitation.objects.get(), stranger)
    assert not invitations.revoke(Invitation.objects.get(), by=owner)


def test_members_are_not_invited(owner, editor, tenant):
    with pytest.raises(invitations.AlreadyMember, match="EDDA@example"):
        invitations.invite(tenant, "EDDA@example.com", Role.OWNER, by=owner)


def test_a_mail_that_cannot_be_sent_is_told(owner, tenant, monkeypatch):
    def refuse(_message):
        raise Refused("The mail server says: 550 No such user. Check the address.")

    monkeypatch.setattr("publishing.mailing._hand_over", refuse)
    invitations.invite(tenant, "new@example.com", Role.EDITOR, by=owner)
    send_mails()
    notice = Notice.objects.get(user=owner)
    assert notice.subject == "The invitation to new@example.com was not sent"
    assert (notice.level, "Resend" in notice.body) == ("error", True)


def test_the_link_is_forgotten_once_it_is_sent(invited):
    path = invited()
    assert secret_of(path) not in str(list(Message.objects.values()))


def test_the_pages_have_no_inline_style_or_script(invited, client):
    page = client.get(invited()).content.decode()
    assert "<script" not in page
    assert "style=" not in page
    assert "<style" not in page
