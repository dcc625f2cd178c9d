"""Signatures of webhooks, against the vector of Standard Webhooks' own client."""

import time

import pytest

from integrations.errors import InvalidKey
from integrations.platforms.signing import keys_of, sign, verify
from tests.integrations.platforms.webhook_stub import OTHER, SECRET

HEADER = sign(SECRET, "id", 1000, b"x")


def test_the_vector_of_the_specification() -> None:
    secret, body = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", b'{"test": 2432232314}'
    signed = sign(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body)
    assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    assert verify(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", body, signed, now=1614265330)


def test_two_secrets_both_sign() -> None:
    now = int(time.time())
    header = sign(f"{SECRET} {OTHER}", "id", now, b"x")
    assert header == f"{sign(SECRET, 'id', now, b'x')} {sign(OTHER, 'id', now, b'x')}"
    for secret in (SECRET, OTHER, f"{OTHER} {SECRET}"):
        assert verify(secret, "id", str(now), b"x", header)


@pytest.mark.parametrize(("now", "fits"), [(699.9, False), (700, True), (1000, True), (1300, True), (1300.1, False)])
def test_five_minutes_are_allowed_either_way(now: float, fits: bool) -> None:
    assert verify(SECRET, "id", "1000", b"x", HEADER, now=now) is fits


@pytest.mark.parametrize(
    ("secret", "message_id", "timestamp", "body", "header"),
    [
        (SECRET, "id", "1000", b"y", HEADER),
        (SECRET, "other", "1000", b"x", HEADER),
        (OTHER, "id", "1000", b"x", HEADER),
        (SECRET, "id", "1001", b"x", HEADER),
        (SECRET, "id", "1000", b"x", ""),
        (SECRET, "id", "1000", b"x", "v1,"),
        (SECRET, "id", "1000", b"x", HEADER.removeprefix("v1,")),
        (SECRET, "id", "1000", b"x", HEADER.replace("v1,", "v1a,")),
        (SECRET, "id", "1000", b"x", HEADER[:-2]),
        (SECRET, "id", "1000", b"x", "v1,é\ud800"),
        (SECRET, "é\ud800", "1000", b"x", HEADER),
        (SECRET, "id", "soon", b"x", HEADER),
        (SECRET, "id", "", b"x", HEADER),
        (SECRET, "id", "-1000", b"x", HEADER),
        (SECRET, "id", "1000\n", b"x", HEADER),
        (SECRET, "id", "01000", b"x", HEADER),
        (SECRET, "id", "١٠٠٠", b"x", HEADER),
        (SECRET, "id", "9" * 5000, b"x", HEADER),
    ],
)
def test_what_does_not_fit(secret: str, message_id: str, timestamp: str, body: bytes, header: str) -> None:
    assert not verify(secret, message_id, timestamp, body, header, now=1000)


def test_one_of_several_is_enough() -> None:
    assert verify(SECRET, "id", "1000", b"x", f"v1a,asymmetric v1,other {HEADER}", now=1000)


@pytest.mark.parametrize(
    "secret",
    ["", " ", "abc", "whsec_", "whsec_!!!", "whsec_c2hvcnQ=", "whsec_c2VjcmV0IG9mIDI0IGJ5dGVzICEhI", f"{SECRET} plain",
     SECRET.removeprefix("whsec_"), SECRET.replace("whsec_", "WHSEC_"), "whsec_é"],
)  # fmt: skip
def test_a_secret_of_another_form_is_told_what_it_must_look_like_and_not_repeated(secret: str) -> None:
    with pytest.raises(InvalidKey, match="whsec_ and then at least 16 bytes as base64") as caught:
        keys_of(secret)
    assert len(secret) < 7 or secret not in str(caught.value)
    with pytest.raises(InvalidKey):
        verify(secret, "id", "1000", b"x", HEADER, now=1000)
