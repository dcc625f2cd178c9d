"""What people see of publishing: accounts, publications, approvals, mails, the wall."""

from publishing.admin.accounts import AccountAdmin
from publishing.admin.approvals import ApprovalAdmin, ApprovalRuleAdmin
from publishing.admin.messages import MailTemplateAdmin, MessageAdmin
from publishing.admin.publications import PublicationAdmin
from publishing.admin.repeats import RepeatAdmin
from publishing.admin.walls import WallFaultAdmin, WallPostAdmin
from publishing.admin.webhooks import DeliveryAdmin, EndpointAdmin

__all__ = [
    "AccountAdmin",
    "ApprovalAdmin",
    "ApprovalRuleAdmin",
    "DeliveryAdmin",
    "EndpointAdmin",
    "MailTemplateAdmin",
    "MessageAdmin",
    "PublicationAdmin",
    "RepeatAdmin",
    "WallFaultAdmin",
    "WallPostAdmin",
]
