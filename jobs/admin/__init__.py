"""What people see of jobs."""

from jobs.admin.jobs import JobAdmin

__all__ = ["JobAdmin"]
