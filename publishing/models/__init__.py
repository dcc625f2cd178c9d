"""What the publishing room stores: accounts, publications with attempts and holds, approvals, messages, the wall."""

from publishing.models.accounts import Account, Stop
from publishing.models.approvals import Approval, ApprovalRule, Ask, Comment
from publishing.models.authorisations import Authorisation, InstanceApp
from publishing.models.messages import Contact, Heard, MailTemplate, Message
from publishing.models.publications import Attempt, Hold, Publication
from publishing.models.readings import Audience, Reading
from publishing.models.schedules import Repeat, Slot, Weekday
from publishing.models.sharing import ShareLink
from publishing.models.walls import WallFault, WallPost
from publishing.models.webhooks import Delivery, Endpoint, Event

__all__ = [
    "Account",
    "Approval",
    "ApprovalRule",
    "Ask",
    "Attempt",
    "Audience",
    "Authorisation",
    "Comment",
    "Contact",
    "Delivery",
    "Endpoint",
    "Event",
    "Heard",
    "Hold",
    "InstanceApp",
    "MailTemplate",
    "Message",
    "Publication",
    "Reading",
    "Repeat",
    "ShareLink",
    "Slot",
    "Stop",
    "WallFault",
    "WallPost",
    "Weekday",
]
