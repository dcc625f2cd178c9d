"""What people see of the blog: ordering posts, watching them being written, editing them."""

from blog.admin.batches import BatchAdmin
from blog.admin.posts import PostAdmin

__all__ = ["BatchAdmin", "PostAdmin"]
