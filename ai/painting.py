"""Asking a provider for pictures: through the same budgets, ledger, cooldowns and repeats as texts."""

from collections.abc import Callable
from dataclasses import replace

from ai.calling import Writer
from ai.models import Call
from ai.prompting import Prompt
from integrations.providers.base import Completion, Drawing, Picture, Provider, Request

# A picture of 1024 x 1536 in high quality has 6,240 tokens with OpenAI, one of 4K about 2,500 with Gemini.
MOST_TOKENS = 8_000
PAINT_SECONDS = 180.0


class Painter(Writer):
    """Asks for pictures for one job. What is kept of one is its name in the store, as the call's raw answer.

    keep stores a picture and returns that name; it is called before the call is settled, and again with another
    picture when a worker was killed in between: store it in the same place.
    """

    drawing: Drawing
    keep: Callable[[Picture], str]

    def paint(self, prompt: Prompt, step: str, drawing: Drawing, keep: Callable[[Picture], str]) -> tuple[Call, str]:
        """The answered call for a picture and where it is kept. Raises as Writer.write does."""
        self.drawing, self.keep = drawing, keep
        return self.write(replace(prompt, max_output_tokens=MOST_TOKENS), step, lambda call: call.raw_answer)

    def send(self, provider: Provider, request: Request, call: Call) -> Completion:
        """Have it drawn and kept."""
        wish = replace(
            self.drawing,
            model=request.model,
            prompt=f"{request.system}\n\n{request.prompt}".strip(),
            facts=request.facts,
            timeout=min(PAINT_SECONDS, self.run.remaining()),
            end_user=request.end_user,
        )
        picture = provider.draw(wish)
        return Completion(
            text=self.keep(picture),
            model_requested=picture.model_requested,
            model_used=picture.model_used,
            finish="stop",
            usage=picture.usage,
            cost=picture.cost,
            request_id=picture.request_id,
        )
