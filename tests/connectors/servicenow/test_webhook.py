"""Deliveries of our business rule: signatures, timestamps, and what they say."""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.errors import Malformed, Unverified
from bot.core.tickets import Actor
from bot.core.untrusted import Untrusted
from bot.ports import Delivery
from connectors.servicenow import WEBHOOK
from connectors.servicenow.settings import signing_key
from sandbox.servicenow.events import signature as sandbox_signature
from tests.connectors.servicenow.building import NOW, REF, SECRET, US, Desk
from tests.connectors.servicenow.conformance import payload

ANOTHER_SECRET = "whsec_" + base64.b64encode(b"z" * 32).decode()


def signature(body: bytes, *, secret: str = SECRET, event: str = "e1", at: datetime = NOW) -> str:
    content = f"{event}.{int(at.timestamp())}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(signing_key(secret), content, hashlib.sha256).digest()).decode()


def headers(body: bytes, *, at: datetime = NOW, event: str = "e1", **changes: str) -> dict[str, str]:
    made = {
        "webhook-id": event,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": signature(body, at=at, event=event),
    }
    return {**made, **{name.replace("_", "-"): value for name, value in changes.items()}}


def verify(heads: dict[str, str], body: bytes, *, secret: str = SECRET, now: datetime = NOW) -> Delivery:
    return WEBHOOK.verify("servicenow", heads, body, secret=secret, now=now)


def test_a_signed_delivery_names_itself_and_its_tickets_lane() -> None:
    body = payload()
    assert verify(headers(body), body) == Delivery("e1", REF.lane)


def test_the_published_standard_webhooks_vector_verifies() -> None:
    """From https://www.standardwebhooks.com's reference libraries."""
    secret, body = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", b'{"test": 2432232314}'
    heads = {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }
    at = datetime.fromtimestamp(1614265330, UTC)
    assert verify(heads, body, secret=secret, now=at) == Delivery("msg_p5jXN8AQM9LWM0D4loKWxJek", "")


@pytest.mark.parametrize("missing", ["webhook-id", "webhook-timestamp", "webhook-signature"])
def test_a_delivery_without_one_of_the_headers_is_refused(missing: str) -> None:
    body = payload()
    heads = headers(body)
    del heads[missing]
    with pytest.raises(Unverified):
        verify(heads, body)


@given(place=st.integers(0, len(payload()) - 1), bit=st.integers(0, 7))
def test_one_changed_bit_of_the_body_is_refused(place: int, bit: int) -> None:
    body = payload()
    changed = bytearray(body)
    changed[place] ^= 1 << bit
    with pytest.raises(Unverified):
        verify(headers(body), bytes(changed))


def test_another_secret_is_refused() -> None:
    body = payload()
    with pytest.raises(Unverified):
        verify(headers(body), body, secret=ANOTHER_SECRET)


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_%%%", "plain", "whsec_QQ=="])
def test_an_unusable_secret_accepts_nothing(secret: str) -> None:
    body = payload()
    with pytest.raises(Unverified):
        verify(headers(body), body, secret=secret)


def test_the_id_and_the_timestamp_are_signed_too() -> None:
    body = payload()
    for name, value in (("webhook-id", "e2"), ("webhook-timestamp", str(int(NOW.timestamp()) + 1))):
        with pytest.raises(Unverified):
            verify({**headers(body), name: value}, body)


@pytest.mark.parametrize("seconds", [-301, 301, 86_400])
def test_a_timestamp_outside_five_minutes_is_refused_either_way(seconds: int) -> None:
    body = payload()
    with pytest.raises(Unverified, match="clock"):
        verify(headers(body), body, now=NOW + timedelta(seconds=seconds))


@pytest.mark.parametrize("seconds", [-300, 0, 300])
def test_a_timestamp_within_five_minutes_is_accepted(seconds: int) -> None:
    body = payload()
    assert verify(headers(body), body, now=NOW + timedelta(seconds=seconds)).id == "e1"


@pytest.mark.parametrize("stamp", ["", "now", "-5", "1e9", "\uff11" * 10, "9" * 13])
def test_a_timestamp_that_is_no_plain_number_is_refused(stamp: str) -> None:
    body = payload()
    with pytest.raises(Unverified):
        verify(headers(body, webhook_timestamp=stamp), body)


def test_one_good_signature_among_several_is_enough() -> None:
    """While a secret is being changed, a sender signs with both."""
    body = payload()
    both = f"{signature(body, secret=ANOTHER_SECRET)} {signature(body)}"
    assert verify(headers(body, webhook_signature=both), body).id == "e1"


def test_signatures_beyond_the_bound_are_not_looked_at() -> None:
    body = payload()
    many = " ".join(["v1,AAAA"] * 8 + [signature(body)])
    with pytest.raises(Unverified):
        verify(headers(body, webhook_signature=many), body)


def test_a_signature_of_another_version_does_not_count() -> None:
    body = payload()
    with pytest.raises(Unverified):
        verify(headers(body, webhook_signature=signature(body).replace("v1,", "v1a,")), body)


@pytest.mark.parametrize("header", ["v1,ünïcode", "v1,", ",", "v1", " ", "v1,\udce4"])
def test_a_signature_of_odd_characters_is_refused_and_breaks_nothing(header: str) -> None:
    body = payload()
    with pytest.raises(Unverified):
        verify(headers(body, webhook_signature=header), body)


@pytest.mark.parametrize(
    "body", [b"{", b"[]", b"\xff\xfe", b'{"table": "incident"}', b'{"table": 1, "sys_id": 2}', b"[" * 100_000]
)
def test_a_signed_body_that_cannot_be_read_has_no_lane_and_is_malformed(body: bytes) -> None:
    delivery = verify(headers(body), body)
    assert delivery == Delivery("e1", "")
    with pytest.raises(Malformed):
        WEBHOOK.parse("servicenow", delivery, body, us=US, at=NOW)


@pytest.mark.parametrize("table", ["incident; drop", "../sys_user", "Incident", "a" * 90])
def test_a_table_with_an_impossible_name_is_malformed(table: str) -> None:
    with pytest.raises(Malformed):
        WEBHOOK.parse("servicenow", Delivery("e1", ""), payload(table=table), us=US, at=NOW)


def parse(body: bytes, us: Actor = US) -> Any:
    return WEBHOOK.parse("servicenow", Delivery("e1", REF.lane), body, us=us, at=NOW)


def test_an_update_says_which_ticket_when_and_what() -> None:
    (event,) = parse(payload())
    assert (event.id, event.ref, event.what) == ("servicenow:e1", REF, "incident.update")
    assert event.at == datetime(2026, 11, 21, 9, 29, 58, tzinfo=UTC)
    assert (event.by_us, event.gone) == (False, False)


def test_a_redelivery_names_the_same_event() -> None:
    assert parse(payload()) == parse(payload())


def test_our_own_change_is_known_as_ours() -> None:
    (event,) = parse(payload(sys_updated_by=US.id))
    assert event.by_us


def test_an_account_without_a_name_takes_nothing_for_its_own() -> None:
    (event,) = parse(payload(sys_updated_by=""), Actor("", Untrusted("")))
    assert not event.by_us


def test_a_deleted_ticket_is_gone() -> None:
    (event,) = parse(payload(operation="delete"))
    assert event.gone
    assert event.what == "incident.delete"


@pytest.mark.parametrize("operation", ["ping", "", None, 7, ["update"]])
def test_an_operation_we_do_not_know_gives_no_event_and_no_error(operation: object) -> None:
    assert parse(payload(operation=operation)) == ()


@pytest.mark.parametrize("stamp", ["", "21.11.2026 09:29", None, 5])
def test_without_a_readable_time_the_time_of_arrival_stands_in(stamp: object) -> None:
    (event,) = parse(payload(sys_updated_on=stamp))
    assert event.at == NOW


def test_unknown_keys_and_hostile_text_in_the_payload_change_nothing() -> None:
    hostile = {"short_description": "\u202eevil\x00" * 50_000, "x": [1, {"y": None}]}
    (event,) = parse(payload(record=hostile, more={"a": 1}))
    assert event.ref == REF


async def test_what_the_fake_instance_sends_is_accepted_by_the_same_rules(desk: Desk) -> None:
    """Its signature is somebody else's code: the two have to agree on the standard."""
    desk.world.edit(desk.number, "countersign.bot", urgency="1")
    row = desk.world.outbox.rows[-1]
    heads = {
        "webhook-id": row.event_id,
        "webhook-timestamp": str(int(NOW.timestamp())),
        "webhook-signature": sandbox_signature(SECRET, row.event_id, int(NOW.timestamp()), row.body),
    }
    delivery = verify(heads, row.body)
    (event,) = WEBHOOK.parse("servicenow", delivery, row.body, us=US, at=NOW)
    assert (event.ref, event.by_us, delivery.lane) == (desk.ref, True, desk.ref.lane)
