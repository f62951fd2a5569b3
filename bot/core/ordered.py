"""Sets that are written down in one order."""

from __future__ import annotations

from typing import Annotated, TypeAlias, TypeVar

from pydantic import PlainSerializer

_Text = TypeVar("_Text", bound=str)

OrderedSet: TypeAlias = Annotated[frozenset[_Text], PlainSerializer(sorted)]
"""A set of texts. Stored sorted: Python's own order differs from process to process, and what is known twice
has to be the same bytes."""
