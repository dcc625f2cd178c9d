"""Settings, secrets, disk, keys, models, mail and vendors: what Pressroom stands on."""

import os
import shutil
import tempfile
from itertools import islice
from typing import Any

from django.conf import settings
from django.core import checks
from django.utils import timezone

from accounts.encryption import WrongKey
from accounts.keys import PROVIDERS, Found
from accounts.management.commands.rotate_keys import in_batches, secret_fields
from accounts.models import ProviderKey
from ai import choosing, vendors
from ai.models import Fallback, Preference
from blog import sources
from desk.doctor.findings import Finding, Seen, counted, fail, note, ok
from integrations.catalogs.base import Filters
from integrations.errors import ModelGone, OutsideError, Unsupported
from integrations.providers import providers
from integrations.transcribers import transcribers

LITTLE_MB, NOTHING_MB = 500, 50
MOST_KEYS = 5000  # opening one takes a millisecond with its query
VARIABLES = {"gemini": "GEMINI_API_KEY", "openai": "OPENAI_API_KEY", "anthropic": "ANTHROPIC_API_KEY"}
VARIABLES["openrouter"] = "OPENROUTER_API_KEY"


def system_checks(seen: Seen) -> Finding:
    """The system checks of Django and Pressroom, those of the environment among them (QUEUE_LIMITS, SITE_URL ...)."""
    found = [message for message in checks.run_checks() if not message.is_silenced()]
    wrong = [message for message in found if message.level >= checks.ERROR]
    warned = [message for message in found if checks.WARNING <= message.level < checks.ERROR]
    if shown := wrong or warned:
        sentence = " ".join(_told(message) for message in shown[:5])
        cure = " ".join(dict.fromkeys(message.hint for message in shown[:5] if message.hint))
        return (fail if wrong else note)(sentence, cure or "Correct it in the environment or in .env.")
    limits = f" QUEUE_LIMITS changes {', '.join(settings.QUEUE_LIMITS)}." if settings.QUEUE_LIMITS else ""
    return ok(f"The settings hold no mistake that the system checks know.{limits}")


def _told(message: checks.CheckMessage) -> str:
    text = str(message.msg)
    return text if text.endswith(".") else f"{text}."


def secrets(seen: Seen) -> Finding:
    """Where SECRET_KEY and FERNET_KEYS come from."""
    own = [
        name for name in ("SECRET_KEY", "FERNET_KEYS") if not (os.environ.get(name) or os.environ.get(f"{name}_FILE"))
    ]
    if not own:
        return ok("SECRET_KEY and FERNET_KEYS come from the environment.")
    return note(
        f"Pressroom made {' and '.join(own)} itself and keeps {'them' if len(own) > 1 else 'it'} under VAR_DIR.",
        f"In production set {' and '.join(f'{name}_FILE' for name in own)}, the same on every machine, and back "
        "FERNET_KEYS up apart from the database.",
    )


def disk(seen: Seen) -> Finding:
    """VAR_DIR can be written and has room."""
    folder = settings.VAR_DIR
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"x")
            file.flush()
        free = shutil.disk_usage(folder).free // 2**20
    except OSError as error:
        return fail(
            f"{folder} cannot be written: {error.strerror}.",
            "Make room there, give this user the right to write, or set VAR_DIR to another folder.",
        )
    sentence = f"{free:,} MB are free in {folder}."
    if free >= LITTLE_MB:
        return ok(sentence)
    return (fail if free < NOTHING_MB else note)(
        f"Only {sentence}", "Make room: the database, Valkey and the logs grow there."
    )


def stored_keys(seen: Seen) -> Finding:
    """FERNET_KEYS open every stored key."""
    stored = ((model, pk) for model, _field in secret_fields() for ids in in_batches(model, 500) for pk in ids)
    opened = [_opens(model, pk) for model, pk in islice(stored, MOST_KEYS)]
    looked, closed = len(opened), opened.count(False)
    if closed:
        return fail(
            f"{counted(closed, 'stored key')} of {looked:,} cannot be opened with FERNET_KEYS.",
            "Put the key that wrote them back into FERNET_KEYS (behind the first), or enter those keys anew.",
        )
    which = "the first" if looked == MOST_KEYS else "all"
    return ok(f"FERNET_KEYS open {which} {counted(looked, 'stored key')}." if looked else "No keys are stored.")


def _opens(model: Any, pk: Any) -> bool:
    try:
        row = model._base_manager.filter(pk=pk).first()
        if isinstance(row, ProviderKey):
            row.reveal()
    except (WrongKey, ValueError, KeyError, TypeError):  # or what is inside was not put there by Pressroom
        return False
    return True


def preferred_models(seen: Seen) -> Finding:
    """Nobody prefers a model that cannot be asked any more."""
    wanted = [str(row.model_id) for row in Preference.objects.exclude(model=None)]
    wanted += [str(row.model_id) for row in Fallback.objects.all()]
    problems = []
    for model_id in sorted(set(wanted)):
        try:
            choosing.known(model_id)
        except ModelGone as error:
            problems.append(
                f"{error} ({counted(wanted.count(model_id), 'person or workspace', 'people or workspaces')})"
            )
    if problems:
        return note(
            f"Models that cannot be asked are still preferred: {'; '.join(problems[:5])}.",
            "Choose others under AI settings: orders that rely on them are refused.",
        )
    return ok("Every preferred model can be asked." if wanted else "Nobody prefers a model: the offline writer writes.")


def mail(seen: Seen) -> Finding:
    """Mail leaves the machine."""
    if settings.EMAIL_HOST:
        return ok(f"Mail goes out by {settings.EMAIL_HOST}:{settings.EMAIL_PORT}.")
    return note(
        f"Mail is written to files in {settings.EMAIL_FILE_PATH}.", "Set EMAIL_HOST to send invitations and notices."
    )


def speech(seen: Seen) -> Finding:
    """Whether speech is understood on this machine; keys of OpenAI do without."""
    here = transcribers.get("whisper")(model_folder=settings.SPEECH_MODEL_DIR)
    try:
        here.check_ready()
    except Unsupported as error:
        return note(str(error), "Or enter a key of OpenAI; pictures, videos and texts need none of this.")
    (model,) = here.models()
    return ok(f"Speech is written down on this machine: {model.label}.")


def vendor_keys(seen: Seen) -> Finding:
    """Which keys of vendors the server has; people and workspaces can have their own."""
    there = {VARIABLES[name]: bool(key) for name, key in settings.SERVER_KEYS.items() if name in VARIABLES}
    there["TMDB_API_KEY"] = bool(settings.TMDB_API_KEY)
    missing = [name for name, is_set in there.items() if not is_set]
    if missing:
        return note(
            f"The server has no {', '.join(missing)}.",
            "Set those you want; people and workspaces can enter AI keys of their own, and the offline ones need none.",
        )
    return ok("The server has a key for every vendor.")


def vendors_answer(seen: Seen) -> Finding:
    """The vendors accept the server's keys: one free request each, only when asked for with --online."""
    good, problems = [], []
    for name, key in settings.SERVER_KEYS.items():
        if key and name in providers:
            try:
                vendors.open_provider(name, Found(key, "server")).check_key()
                good.append(PROVIDERS[name])
            except OutsideError as error:
                problems.append(f"{PROVIDERS[name]}: {error}")
    if settings.TMDB_API_KEY:
        try:
            catalog = sources.open_catalog(sources.TMDB)
            next(iter(catalog.titles("popular", "movie", Filters(), timezone.localdate())), None)
            good.append("TMDb")
        except OutsideError as error:
            problems.append(f"TMDb: {error}")
    if problems:
        return fail(" ".join(problems), "Correct the keys in the environment, or unset them; then restart.")
    return ok(f"They accept the server's keys: {', '.join(good)}." if good else "The server has no keys to try.")
