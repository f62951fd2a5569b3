"""A fake Anthropic Messages API whose model is a set of rules: honest, or on demand wrong or obedient.

Shapes are those of the ``anthropic`` SDK's own types and of docs.anthropic.com/en/api (messages, errors,
streaming, prompt caching, count_tokens, models).
"""

from sandbox.anthropic.server import AnthropicSandbox, Options
from sandbox.anthropic.world import Answer, AnthropicWorld, Call, Failure, Mode

__all__ = ["Answer", "AnthropicSandbox", "AnthropicWorld", "Call", "Failure", "Mode", "Options"]
