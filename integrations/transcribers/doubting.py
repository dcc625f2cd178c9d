"""Whether words were said or made up: what Whisper's own figures about a segment mean.

Whisper writes "Thank you for watching" into silence and English into Spanish. It also says how sure it was: the mean
logarithm of the probability of its tokens (0 is certain), how likely there is no speech, and how well the text can be
compressed (a text that goes round in circles: very well).

Measured with tiny.en, int8, behind the voice filter (Nov 2026):

    60 spoken English prompts (Asterisk's, a human voice), clean     logprob -0.57 to -0.15, WER 0.05
    the same with white noise 10, 5 and 0 dB below the voice         5% under -0.54, -0.84, -1.05; WER 0.08, 0.22, 0.66
    all of these with logprob over -0.6, to -0.8, below that         WER 0.09, 0.55, 0.81
    353 English prompts of one to six words, alone in a file         22% under -0.8; WER there 0.3 and more
    240 prompts in Spanish, French, Italian, Russian                 14 are left over -0.8 and under 2.4 (compression)
    240 made-up pieces of music, noise, sirens, clicks               8 get words; all under -0.8 or over 2.4
    real speech with no_speech over 0.6                              logprob -0.45 and better
"""

import math
from typing import Literal

NO_SPEECH = 0.6
ROUND_IN_CIRCLES = 2.4  # Whisper's own limit
SURE_ALL_THE_SAME = -0.5

Verdict = Literal["words", "nothing", "unclear"]


def verdict(
    text: str,
    logprob: float | None,
    no_speech: float | None,
    compression: float | None,
    *,
    least: float = -math.inf,
    sure: float = SURE_ALL_THE_SAME,
) -> Verdict:
    """What a segment is: words, nothing that was said, or speech that was not understood.

    least: the logprob from which on words are believed; sure: the one from which on they are believed although
    `no_speech` is high. A figure that is None or no number has nothing against the words.
    """
    if not any(letter.isalnum() for letter in text):
        return "nothing"
    logprob = 0.0 if logprob is None or math.isnan(logprob) else logprob
    if (no_speech or 0.0) > NO_SPEECH and logprob < sure:
        return "nothing"
    if (compression or 0.0) > ROUND_IN_CIRCLES or logprob < least:
        return "unclear"
    return "words"


def confidence(logprob: float | None) -> float | None:
    """The mean probability of a token, 0 to 1."""
    if logprob is None or math.isnan(logprob):
        return None
    return round(math.exp(min(0.0, logprob)), 3)
