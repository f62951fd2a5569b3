"""What people call the fields. Pure."""

from __future__ import annotations

from typing import Final

LABELS: Final = {
    "category": "Category",
    "subcategory": "Subcategory",
    "impact": "Impact",
    "urgency": "Urgency",
    "assignment_group": "Assignment group",
    "assigned_to": "Assigned to",
    "close_code": "Resolution code",
    "close_notes": "Resolution notes",
    "state": "State",
    "priority": "Priority",
    "parent_incident": "Parent incident",
}


def label_of(name: str) -> str:
    """Return a field's label; its own name where we know none."""
    return LABELS.get(name, name.replace("_", " "))
