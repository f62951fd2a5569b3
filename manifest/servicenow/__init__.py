"""What a ServiceNow administrator installs so that an instance tells the bot what happened."""
