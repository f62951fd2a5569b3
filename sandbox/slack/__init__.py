"""A fake Slack: the Web API the bot calls, events and clicks it receives, and the people who click."""

from sandbox.slack.outbox import Late
from sandbox.slack.server import SlackOptions, SlackSandbox
from sandbox.slack.store import SlackError
from sandbox.slack.world import Acked, Submitted, World

__all__ = ["Acked", "Late", "SlackError", "SlackOptions", "SlackSandbox", "Submitted", "World"]
