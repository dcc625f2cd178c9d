"""A worker whose dispatcher has no ledger of intents: the control of I2. `python -m desk.trials.chaos.forgetful`."""

import os

import django


def main() -> None:
    """Serve the queues, and know nothing of earlier attempts."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from django.core.management import call_command

    from publishing.dispatching import Dispatch

    def forget(dispatch: Dispatch) -> bool:
        dispatch.publication.attempts.all().delete()
        return False

    Dispatch._is_out = forget  # type: ignore[assignment, method-assign]
    call_command("rqworker")


if __name__ == "__main__":
    main()
