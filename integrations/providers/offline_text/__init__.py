"""The words of the offline writer. Which sections there are, and in which lengths, is said here."""

from integrations.providers.offline_text.people import CAST, MAKERS
from integrations.providers.offline_text.reading import FIT, NUMBERS, RECEPTION
from integrations.providers.offline_text.work import GENRE, HOME, LENGTH, ORIGIN, RUN

FILM_SECTIONS = [MAKERS, CAST, GENRE, ORIGIN, LENGTH, RECEPTION]
SERIES_SECTIONS = [MAKERS, CAST, GENRE, HOME, RUN, RECEPTION]
LONG_SECTIONS = [NUMBERS, FIT]
