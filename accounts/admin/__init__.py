"""The admin of people, access and records."""

from accounts.admin import access, brands, people, records

__all__ = ["access", "brands", "people", "records"]
