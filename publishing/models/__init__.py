"""What the publishing room stores: accounts, publications with their attempts and holds, and the offline wall."""

from publishing.models.accounts import Account, Stop
from publishing.models.publications import Attempt, Hold, Publication
from publishing.models.walls import WallFault, WallPost

__all__ = ["Account", "Attempt", "Hold", "Publication", "Stop", "WallFault", "WallPost"]
