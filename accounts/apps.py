from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """People, workspaces, keys, tokens, the audit trail and notices."""

    name = "accounts"
    verbose_name = "People and workspaces"

    def ready(self) -> None:
        from accounts import checks  # noqa: F401  (registers the system checks)
