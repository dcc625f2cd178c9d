"""The forms of publishing, by what they are about."""

from publishing.forms.accounts import AccountForm
from publishing.forms.calendar import BulkForm, CalendarForm, ImportForm
from publishing.forms.composer import ComposerForm
from publishing.forms.fields import AccountField, AccountsField, MomentField, MomentWidget, only_posts, promise
from publishing.forms.numbers import NumbersForm
from publishing.forms.publications import EditForm
from publishing.forms.repeats import RepeatForm
from publishing.forms.webhooks import EndpointForm

__all__ = [
    "AccountField",
    "AccountForm",
    "AccountsField",
    "BulkForm",
    "CalendarForm",
    "ComposerForm",
    "EditForm",
    "EndpointForm",
    "ImportForm",
    "MomentField",
    "MomentWidget",
    "NumbersForm",
    "RepeatForm",
    "only_posts",
    "promise",
]
