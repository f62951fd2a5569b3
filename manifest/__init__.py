"""What the admins of Slack, Jira and ServiceNow set up; ``bot.manifests`` fills the gaps in. No code."""
