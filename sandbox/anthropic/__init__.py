"""A fake Anthropic Messages API whose model is a set of rules: honest by default, wrong or obedient on demand.

Shapes are those of the ``anthropic`` SDK's own types and of docs.anthropic.com/en/api (messages, errors, streaming,
prompt caching, count_tokens, models).
"""

from sandbox.anthropic.server import AnthropicSandbox, Options
from sandbox.anthropic.world import Answer, AnthropicWorld, Call, Failure, Mode

__all__ = ["Answer", "AnthropicSandbox", "AnthropicWorld", "Call", "Failure", "Mode", "Options"]
