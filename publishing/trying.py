"""The test doors: the seeds' payloads as real jobs, marked as tests, that go to the wall alone."""

from typing import Any

from django.utils import timezone

from accounts.models import Tenant, User
from integrations.errors import Refused
from jobs.models import Job
from publishing import approving, connecting, ordering, texting
from publishing.models import Account, Message, Publication
from publishing.orders import ContentIn, DispatchOrder, NotifyOrder, PublicationOrder, WhatsAppOrder

WALL = "Wall of the test doors"


def wall(tenant: Tenant, user: Any, name: str = WALL) -> Account:
    """The account on the wall that tests publish on; made when it is first needed."""
    found = Account.objects.for_tenant(tenant).filter(platform="offline", name=name[:100]).first()
    return found or connecting.connect(tenant, user, platform="offline", name=name[:100], credentials={})


def dispatch(order: DispatchOrder, *, tenant: Tenant, user: Any) -> list[tuple[Publication, Job | None]]:
    """A publication on the wall for each platform of the seed's payload; the same plan is carried out once.

    Raises ordering.BadOrder; a time that has passed is now.
    """
    if order.content.media_urls:
        raise ordering.BadOrder({"content.mediaUrls": "A test publishes words alone. Leave the media out."})
    made = []
    moment = order.scheduled_time if order.scheduled_time > timezone.now() else None
    for place in order.platforms:
        account = wall(tenant, user, f"Test: {place.platform} {place.account_id}")
        content = ContentIn.model_validate(order.content.model_dump(exclude={"media_urls"}))
        values = {**content.model_dump(), "account_id": account.pk, "scheduled_at": moment}
        wish = PublicationOrder.model_validate(values)
        schedule = order.schedule_id
        made.append(
            ordering.publish(
                wish, tenant=tenant, user=user, origin=f"test:{order.post_id}"[:80], schedule=schedule, is_test=True
            )
        )
    return made


def notify(order: NotifyOrder, *, tenant: Tenant, user: Any) -> tuple[Publication, Job | None]:
    """A draft on the wall whose approvers are really asked. Raises ordering.BadOrder."""
    people = [_member(tenant, name) for name in order.approver_ids]
    values = {"account_id": wall(tenant, user).pk, "text": f"Test of post {order.post_id}", "draft": True}
    wish = PublicationOrder.model_validate(values)
    publication, _job = ordering.publish(
        wish, tenant=tenant, user=user, origin=f"test:{order.post_id}"[:80], is_test=True
    )
    approval = approving.ask(
        publication, user, approvers=people, due_at=order.due_date, message=order.message,
        channels=order.notification_type,
    )  # fmt: skip
    return publication, Job.objects.for_request(approval).first()


def whatsapp(order: WhatsAppOrder, *, tenant: Tenant, user: Any) -> tuple[Message, Job]:
    """A message on the offline channel, of a campaign where the payload names one. Raises ordering.BadOrder."""
    campaign = "" if order.campaign_id is None else str(order.campaign_id)
    is_number = False
    try:
        is_number = bool(texting.number_of(order.to))
        message, job = texting.order(
            tenant, order.to, order.message, user=user, campaign=campaign, priority=order.priority, is_test=True,
            kind=Message.Kind.CAMPAIGN if campaign else Message.Kind.TEST,
        )  # fmt: skip
    except Refused as error:
        raise ordering.BadOrder({"message" if is_number else "to": str(error)}) from None
    assert job  # its key is new, so is the job
    return message, job


def _member(tenant: Tenant, name: str | int) -> User:
    people = User.objects.filter(memberships__tenant=tenant)
    text = str(name)
    found = people.filter(username=text).first()
    if found is None and text.isascii() and text.isdigit() and len(text) < 19:
        found = people.filter(pk=int(text)).first()
    if found is None or not approving.may_review(tenant, found):
        raise ordering.BadOrder({"approverIds": f"“{text[:60]}” is no reviewer, editor or owner of this workspace."})
    return found
