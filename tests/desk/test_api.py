import pytest

pytestmark = pytest.mark.django_db


def test_an_unknown_address_and_method_are_answered_in_the_apis_shape(client):
    for method, path, status in (("get", "/api/nowhere", 404), ("delete", "/api/health", 405)):
        answer = getattr(client, method)(path)
        assert answer.status_code == status
        assert answer.json()["error"]["code"] in ("not_found", "method_not_allowed")
        assert "/api/docs" in answer.json()["error"]["message"]
    assert client.get("/nowhere").headers["Content-Type"].startswith("text/html")


def test_the_docs_page_runs_under_its_policy(client):
    policy = client.get("/api/docs").headers["Content-Security-Policy"]
    assert "script-src 'self';" in policy + ";"
    assert "unsafe" not in policy
    assert "'unsafe-eval'" in client.get("/admin/login/").headers["Content-Security-Policy"]


def test_the_root_leads_to_the_admin_and_the_icon_is_there(client):
    assert client.get("/").headers["Location"] == "/admin/"
    assert client.get("/favicon.ico").headers["Location"].endswith("desk/favicon.svg")
