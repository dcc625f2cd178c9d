"""The transcribers, which turn speech into text with times: one line is a transcriber."""

from integrations.registry import Registry

transcribers = Registry(
    whisper="integrations.transcribers.whisper.Whisper",
    openai="integrations.transcribers.openai.OpenAI",
    compatible="integrations.transcribers.openai.Compatible",
)
