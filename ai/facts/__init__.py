"""Facts in texts: what a sentence claims, and what a source record says. `ai.grounding` puts the parts together."""
