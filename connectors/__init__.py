"""One folder per system of tickets. A folder is found by being here."""
