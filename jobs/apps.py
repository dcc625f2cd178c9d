from django.apps import AppConfig


class JobsConfig(AppConfig):
    """The ledger of runs; knows no product."""

    name = "jobs"
    verbose_name = "Jobs"

    def ready(self) -> None:
        from jobs import checks  # noqa: F401  (registers the system checks)
        from jobs.carrying import forbid_pickle

        forbid_pickle()
