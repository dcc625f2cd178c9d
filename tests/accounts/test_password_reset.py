import re

from django.core import mail

from accounts.models import AuditEntry


def test_the_login_leads_there(client, db):
    assert "/accounts/password-reset/" in client.get("/admin/login/").content.decode()


def test_from_the_mail_to_the_new_password(client, owner, settings):
    settings.SITE_URL = "https://press.example"
    answer = client.post("/accounts/password-reset/", {"email": owner.email}, follow=True)
    assert "Look into your mail" in answer.content.decode()
    link = re.search(r"https://press\.example(\S+)", mail.outbox[0].body)[1]
    page = client.get(link, follow=True)
    assert "Choose a new password" in page.content.decode()
    data = {"new_password1": "Correct-Horse-7", "new_password2": "Correct-Horse-7"}
    done = client.post(page.request["PATH_INFO"], data, follow=True)
    assert "is saved" in done.content.decode()
    owner.refresh_from_db()
    assert owner.check_password("Correct-Horse-7")
    assert AuditEntry.objects.get().action == "user.password_reset"
    assert "does not work" in client.get(link, follow=True).content.decode()


def test_an_unknown_address_gets_the_same_answer_and_no_mail(client, owner):
    answer = client.post("/accounts/password-reset/", {"email": "nobody@example.com"}, follow=True)
    assert "Look into your mail" in answer.content.decode()
    assert not mail.outbox


def test_the_link_is_built_from_site_url_not_from_the_host(client, owner, settings):
    settings.ALLOWED_HOSTS = ["*"]
    client.post("/accounts/password-reset/", {"email": owner.email}, headers={"host": "evil.example"})
    assert "evil.example" not in mail.outbox[0].body


def test_the_pages_have_no_inline_style_or_script(client, db):
    for path in ("", "sent/", "done/", "MQ/junk-junk/"):
        page = client.get(f"/accounts/password-reset/{path}").content.decode()
        assert "<h1>" in page
        assert "<script" not in page
        assert "style=" not in page


def test_too_many_wrong_passwords_lock_with_a_page_of_ours(client, owner, settings):
    settings.AXES_FAILURE_LIMIT = 2
    for _ in range(3):
        answer = client.post("/admin/login/", {"username": "olga", "password": "wrong"})
    assert answer.status_code == 429
    assert "Too many tries" in answer.content.decode()
    assert client.post("/admin/login/", {"username": "olga", "password": "pw"}).status_code == 429
