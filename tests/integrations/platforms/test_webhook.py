"""The signed webhook: one delivery known by its id, byte for byte the same when it is repeated."""

import base64
import json
import time
from dataclasses import dataclass

import pytest

from integrations.errors import AddressRefused, InvalidKey, Refused
from integrations.platforms.base import Platform
from integrations.platforms.signing import keys_of, sign, verify
from integrations.platforms.webhook import Webhook
from tests.integrations.platforms.contract import POST, Case, Contract, publish
from tests.integrations.platforms.stubs import PlatformStub, Reply, Seen, send

SECRET = "whsec_" + base64.b64encode(b"a secret of 24 bytes !!!").decode()
OTHER = "whsec_" + base64.b64encode(b"another one of 24 bytes!").decode()


@dataclass
class WebhookStub(PlatformStub):
    """A receiver that checks the signature and knows the ids it has had."""

    def step_of(self, seen: Seen) -> str:
        return "publish"

    def accept(self, step: str, seen: Seen) -> Reply:
        head = seen.headers
        parts = head["webhook-id"], head["webhook-timestamp"], seen.body, head["webhook-signature"]
        if not self.valid or not verify(SECRET, *parts):
            return send(401, b'{"error": "the signature is wrong"}')
        if head["webhook-id"] not in [one["id"] for one in self.published]:
            self.published.append({"id": head["webhook-id"], **seen.json})
        return send(204, b"")


class TestWebhook(Contract):
    case = Case(Webhook, WebhookStub, {"url": "{url}/hook/a-secret-path", "secret": SECRET})

    def test_an_answer_that_is_lost_is_ambiguous_and_the_post_is_there_once(self) -> None:
        """Any 2xx is a receipt, whatever is in it: the contract's test with `kind` is below."""

    @pytest.mark.parametrize("kind", ["accept_hang", "accept_drop", "accept_500"])
    def test_a_lost_receipt(self, platform: Platform, stub: PlatformStub, kind: str) -> None:
        Contract.test_an_answer_that_is_lost_is_ambiguous_and_the_post_is_there_once(self, platform, stub, kind)
        assert len({seen.body for seen in stub.seen}) == 1
        assert len({seen.headers["webhook-id"] for seen in stub.seen}) == 1

    def test_credentials_that_do_not_hold_are_told_and_never_shown(
        self, platform: Platform, stub: PlatformStub
    ) -> None:
        """A check sends nothing, so only a delivery finds out."""
        stub.valid = False
        with pytest.raises(InvalidKey) as caught:
            publish(platform, POST)
        assert SECRET not in str(caught.value)
        assert "a-secret-path" not in str(caught.value)
        assert stub.published == []

    @pytest.mark.parametrize("kind", ["hang"])
    def test_a_check_that_gets_no_answer_is_an_error_of_ours(self, platform: Platform, kind: str) -> None:
        """A check sends nothing, whatever the receiver does."""
        assert "Nothing was sent" in platform.check().note

    def test_what_is_delivered(self, platform: Platform, stub: PlatformStub) -> None:
        publish(platform, POST)
        (seen,) = stub.seen
        body = json.loads(seen.body)
        assert (body["type"], body["timestamp"]) == ("post.publish", "2026-11-28T09:30:00+00:00")
        assert body["data"]["text"] == POST.text
        assert body["data"]["tags"] == ["Film", "Silent"]

    def test_one_that_was_switched_off(self, platform: Platform, stub: PlatformStub, monkeypatch) -> None:
        monkeypatch.setattr(stub, "refused", lambda: send(410, b""))
        stub.fail("publish", "refused")
        with pytest.raises(Refused, match="switched off"):
            publish(platform, POST)

    def test_a_private_address_is_refused_where_nobody_allows_it(self, stub: PlatformStub) -> None:
        closed = Webhook({"url": f"{stub.url}/hook", "secret": SECRET})
        for act in (closed.check, lambda: publish(closed, POST)):
            with pytest.raises(AddressRefused):
                act()
        assert stub.seen == []


class TestSigning:
    def test_the_vector_of_the_specification(self) -> None:
        secret, body = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", b'{"test": 2432232314}'
        signed = sign(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body)
        assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="

    def test_two_secrets_both_sign(self) -> None:
        header, now = sign(f"{SECRET} {OTHER}", "id", int(time.time()), b"x"), str(int(time.time()))
        assert verify(SECRET, "id", now, b"x", header)
        assert verify(OTHER, "id", now, b"x", header)

    def test_old_new_changed_and_odd_ones_do_not_fit(self) -> None:
        header = sign(SECRET, "id", 1000, b"x")
        assert verify(SECRET, "id", "1000", b"x", header, now=1300)
        assert not verify(SECRET, "id", "1000", b"x", header, now=1301)
        assert not verify(SECRET, "id", "1000", b"x", header, now=699)
        assert not verify(SECRET, "id", "1000", b"y", header, now=1000)
        assert not verify(SECRET, "other", "1000", b"x", header, now=1000)
        assert not verify(OTHER, "id", "1000", b"x", header, now=1000)
        assert not verify(SECRET, "id", "soon", b"x", header, now=1000)

    @pytest.mark.parametrize("secret", ["", "abc", "whsec_", "whsec_!!!", "whsec_c2hvcnQ=", f"{SECRET} plain"])
    def test_a_secret_that_is_none_is_not_repeated(self, secret: str) -> None:
        with pytest.raises(InvalidKey) as caught:
            keys_of(secret)
        assert len(secret) < 7 or secret not in str(caught.value)
