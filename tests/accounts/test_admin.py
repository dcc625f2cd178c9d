import re
from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone

from accounts import audit, invitations, notices, tokens, workspaces
from accounts.models import ApiToken, AuditEntry, Invitation, Membership, Notice, Role, Tenant, User
from tests.accounts.conftest import send_mails

LISTS = ["user", "tenant", "membership", "invitation", "apitoken", "auditentry", "notice"]
OWNERS = {"tenant", "membership", "invitation", "auditentry", "apitoken", "notice"}


def url(model, *parts):
    return "/".join(["/admin/accounts", model, *map(str, parts), ""])


def act(client, model, action, *rows):
    return client.post(url(model), {"action": action, "_selected_action": [row.pk for row in rows]}, follow=True)


@pytest.mark.parametrize("model", LISTS)
def test_who_sees_which_list(model, root, owner, viewer, client_for):
    assert client_for(root).get(url(model)).status_code == 200
    assert client_for(owner).get(url(model)).status_code == (200 if model in OWNERS else 403)
    assert client_for(viewer).get(url(model)).status_code == (200 if model in {"apitoken", "notice"} else 403)


def test_somebody_without_a_workspace_gets_no_further_than_the_notices(client_for, db):
    client = client_for(User.objects.create_user("lonely", is_staff=True))
    assert client.get("/admin/").status_code == 200
    assert client.get(url("apitoken")).status_code == 403
    assert client.get("/admin/settings/ai").status_code == 200


class TestUsers:
    def test_a_superuser_adds_changes_and_stops_people(self, root, owner, tenant, client_for):
        client = client_for(root)
        data = {
            "username": "nina",
            "usable_password": "true",
            "password1": "Correct-Horse-7",
            "password2": "Correct-Horse-7",
        }
        assert client.post(url("user", "add"), data).status_code == 302
        nina = User.objects.get(username="nina")
        for path in ("change", "password"):
            assert client.get(url("user", nina.pk, path)).status_code == 200
        assert (
            client.post(url("user", nina.pk, "change"), {"username": "nina", "first_name": "Nina"}).status_code == 302
        )
        nina.refresh_from_db()
        assert (nina.first_name, nina.is_active) == ("Nina", False)
        assert [e.action for e in AuditEntry.objects.order_by("number")] == ["user.added", "user.changed"]
        assert client.get(url("user", nina.pk, "delete")).status_code == 403

    def test_the_last_owner_stays_active(self, root, owner, client_for):
        answer = client_for(root).post(url("user", owner.pk, "change"), {"username": "olga"})
        assert "last owner of Studio" in answer.content.decode()
        owner.refresh_from_db()
        assert owner.is_active


class TestWorkspaces:
    def test_an_owner_changes_their_own_only(self, owner, tenant, other_tenant, client_for):
        client = client_for(owner)
        data = {"name": "Atelier", "slug": "studio", "time_zone": "Europe/Vienna"}
        assert client.post(url("tenant", tenant.pk, "change"), data).status_code == 302
        tenant.refresh_from_db()
        assert tenant.name == "Atelier"
        assert (
            "IANA" in client.post(url("tenant", tenant.pk, "change"), {**data, "time_zone": "Vienna"}).content.decode()
        )
        assert client.post(url("tenant", other_tenant.pk, "change"), data).status_code in (302, 403)
        other_tenant.refresh_from_db()
        assert other_tenant.name == "Other"
        assert client.get(url("tenant", "add")).status_code == 403

    def test_a_superuser_makes_one_and_owns_it(self, root, client_for):
        data = {"name": "New", "slug": "new", "time_zone": "UTC"}
        assert client_for(root).post(url("tenant", "add"), data).status_code == 302
        assert Membership.objects.get(tenant__slug="new").user == root


class TestMembers:
    def test_a_role_is_changed_and_audited(self, owner, editor, client_for):
        row = Membership.objects.get(user=editor)
        assert client_for(owner).post(url("membership", row.pk, "change"), {"role": "reviewer"}).status_code == 302
        row.refresh_from_db()
        assert row.role == Role.REVIEWER
        assert AuditEntry.objects.get().details == {"before": "editor", "after": "reviewer"}

    def test_the_last_owner_is_kept_on_every_path(self, owner, editor, tenant, client_for):
        client, row = client_for(owner), Membership.objects.get(user=owner)
        page = client.post(url("membership", row.pk, "change"), {"role": "viewer"})
        assert "last owner" in page.content.decode()
        assert client.post(url("membership", row.pk, "delete"), {"post": "yes"}).status_code == 403
        assert "is the last owner" in act(client, "membership", "remove", row).content.decode()
        act(client, "membership", "delete_selected", row)
        assert tenant.role_of(owner) == Role.OWNER

    def test_others_can_be_removed(self, owner, editor, viewer, tenant, client_for):
        client = client_for(owner)
        act(client, "membership", "remove", Membership.objects.get(user=editor))
        client.post(url("membership", Membership.objects.get(user=viewer).pk, "delete"), {"post": "yes"})
        assert tenant.memberships.count() == 1
        assert AuditEntry.objects.filter(action="member.removed").count() == 2

    def test_another_workspaces_members_are_out_of_reach(self, owner, stranger, client_for):
        client, row = client_for(owner), Membership.objects.get(user=stranger)
        assert "stan" not in client.get(url("membership")).content.decode()
        client.post(url("membership", row.pk, "change"), {"role": "viewer"})
        client.post(url("membership", row.pk, "delete"), {"post": "yes"})
        act(client, "membership", "remove", row)
        row.refresh_from_db()
        assert row.role == Role.OWNER


class TestInvitations:
    def test_adding_one_sends_it(self, owner, tenant, client_for):
        client = client_for(owner)
        assert client.post(url("invitation", "add"), {"email": "n@example.com", "role": "viewer"}).status_code == 302
        send_mails()
        assert mail.outbox[0].to == ["n@example.com"]
        row = Invitation.objects.get()
        assert (row.tenant, row.invited_by, row.role) == (tenant, owner, "viewer")
        assert client.get(url("invitation", row.pk, "change")).status_code == 200

    def test_a_member_is_not_invited(self, owner, editor, client_for):
        answer = client_for(owner).post(url("invitation", "add"), {"email": "EDDA@example.com", "role": "viewer"})
        assert "member already" in answer.content.decode()
        assert not Invitation.objects.exists()

    def test_resend_and_withdraw(self, owner, tenant, client_for):
        client = client_for(owner)
        old = invitations.invite(tenant, "n@example.com", Role.EDITOR, by=owner)
        act(client, "invitation", "resend", old)
        send_mails()
        new = Invitation.objects.get()
        assert new.digest != old.digest
        assert len(mail.outbox) == 2
        act(client, "invitation", "revoke", new)
        assert not Invitation.objects.exists()


class TestTokens:
    def test_a_token_is_shown_once(self, editor, tenant, client_for):
        client = client_for(editor)
        answer = client.post(url("apitoken", "add"), {"name": "ci", "lifetime": "30"})
        assert answer.status_code == 200
        assert "no-store" in answer["Cache-Control"]
        secret = re.search(r"prt_[\w-]{43}", answer.content.decode())[0]
        token = tokens.find(secret)
        assert (token.user, token.tenant, token.name) == (editor, tenant, "ci")
        assert timedelta(days=29) < token.expires_at - timezone.now() <= timedelta(days=30)
        for path in ((), (token.pk, "change")):
            assert secret not in client.get(url("apitoken", *path)).content.decode()
        act(client, "apitoken", "revoke", token)
        assert tokens.find(secret) is None
        assert [e.action for e in AuditEntry.objects.order_by("number")] == ["token.created", "token.revoked"]

    def test_everybody_sees_and_revokes_only_their_own(self, owner, editor, tenant, other_tenant, client_for):
        theirs, secret = tokens.issue(editor, tenant, "edda's")
        tokens.issue(owner, other_tenant, "elsewhere")
        client = client_for(owner)
        page = client.get(url("apitoken")).content.decode()
        assert "edda&#x27;s" not in page
        assert "elsewhere" not in page
        act(client, "apitoken", "revoke", theirs)
        assert tokens.find(secret)
        assert ApiToken.objects.filter(revoked_at=None).count() == 2


class TestAudit:
    def test_it_is_read_only_and_of_this_workspace(self, owner, tenant, other_tenant, client_for):
        mine = audit.record(owner, "mine.done", tenant=tenant, target="x")
        other = audit.record(owner, "other.done", tenant=other_tenant)
        client = client_for(owner)
        page = client.get(url("auditentry")).content.decode()
        assert "mine.done" in page
        assert client.get(url("auditentry", mine.pk, "change")).status_code == 200
        assert "other.done" not in client.get(url("auditentry", other.pk, "change"), follow=True).content.decode()
        assert client.get(url("auditentry", mine.pk, "delete")).status_code == 403
        assert client.get(url("auditentry", "add")).status_code == 403
        assert client.post(url("auditentry", mine.pk, "change"), {"actor": "x"}).status_code == 403
        assert "mine.done" in client.get(url("auditentry") + "?q=olga&action=mine.done").content.decode()

    def test_a_superuser_sees_all_of_it_also_of_a_deleted_workspace(self, root, owner, other_tenant, client_for):
        audit.record("program", "system.done")
        audit.record(owner, "gone.done", tenant=other_tenant)
        Tenant.objects.filter(pk=other_tenant.pk).delete()
        page = client_for(root).get(url("auditentry")).content.decode()
        assert "system.done" in page
        assert "deleted (no." in page

    def test_the_chain_is_verified_by_a_button(self, owner, viewer, tenant, client_for):
        audit.record(owner, "a", tenant=tenant)
        client = client_for(owner)
        page = client.get(url("auditentry")).content.decode()
        button = re.search(r'href="([^"]*verify_chain[^"]*)"', page)[1]
        assert "is whole" in client.get(button, follow=True).content.decode()
        super(type(AuditEntry.objects.all()), AuditEntry.objects.all()).update(actor="mallory")
        assert "broken at entry 1" in client.get(button, follow=True).content.decode()
        assert client_for(viewer).get(button).status_code == 403


class TestNotices:
    def test_the_bell_counts_and_opening_reads(self, owner, editor, tenant, client_for):
        notice = notices.tell(owner, "Job failed", tenant=tenant, level="error", link="/admin/settings/ai")
        notices.tell(editor, "Not for olga")
        client = client_for(owner)
        assert "1 unread notice" in client.get("/admin/").content.decode()
        page = client.get(url("notice")).content.decode()
        assert "Job failed" in page
        assert "Not for olga" not in page
        assert client.get(f"/accounts/notices/{notice.pk}/")["Location"] == "/admin/settings/ai"
        assert "0 unread notices" in client.get("/admin/").content.decode()
        assert "Nothing matches" in client.get(url("notice") + "?read=no").content.decode()

    def test_a_notice_without_a_link_opens_itself(self, owner, client_for):
        notice = notices.tell(owner, "Hello", body="<b>text</b>")
        page = client_for(owner).get(f"/accounts/notices/{notice.pk}/", follow=True).content.decode()
        assert "&lt;b&gt;text" in page

    def test_a_notice_never_leads_away(self, owner, client_for):
        notice = notices.tell(owner, "Hello", link="https://evil.example/")
        assert client_for(owner).get(f"/accounts/notices/{notice.pk}/")["Location"].startswith("/admin/")

    def test_it_opens_in_its_workspace(self, owner, other_tenant, client_for):
        workspaces.add_member(other_tenant, owner, Role.VIEWER, by=owner)
        notice = notices.tell(owner, "Hello", tenant=other_tenant, link="/admin/")
        client = client_for(owner)
        client.get(f"/accounts/notices/{notice.pk}/")
        assert client.session["tenant"] == other_tenant.pk

    def test_somebody_elses_cannot_be_opened(self, owner, editor, client_for):
        notice = notices.tell(editor, "Secret plan")
        client = client_for(owner)
        assert client.get(f"/accounts/notices/{notice.pk}/").status_code == 404
        assert "Secret plan" not in client.get(url("notice", notice.pk, "change"), follow=True).content.decode()
        assert Notice.objects.unread().count() == 1

    def test_marking_read(self, owner, editor, client_for):
        rows = [notices.tell(owner, "a"), notices.tell(owner, "b"), notices.tell(editor, "c")]
        assert "2 marked as read" in act(client_for(owner), "notice", "mark_read", *rows).content.decode()
        assert Notice.objects.unread().get() == rows[2]

    def test_an_empty_list_says_what_will_be_there(self, owner, client_for):
        assert "Nothing to tell you" in client_for(owner).get(url("notice")).content.decode()


def test_the_switcher_offers_the_other_workspaces(owner, other_tenant, client_for):
    client = client_for(owner)
    assert "/accounts/switch/" not in client.get("/admin/").content.decode()
    workspaces.add_member(other_tenant, owner, Role.VIEWER, by=owner)
    page = client.get("/admin/").content.decode()
    assert 'action="/accounts/switch/"' in page
    assert f'value="{other_tenant.pk}"' in page
