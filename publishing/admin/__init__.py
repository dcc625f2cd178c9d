"""What people see of publishing: accounts, publications, the wall."""

from publishing.admin.accounts import AccountAdmin
from publishing.admin.publications import PublicationAdmin
from publishing.admin.walls import WallPostAdmin

__all__ = ["AccountAdmin", "PublicationAdmin", "WallPostAdmin"]
