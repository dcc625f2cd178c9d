"""The admin of people, access and records."""

from accounts.admin import access, people, records

__all__ = ["access", "people", "records"]
