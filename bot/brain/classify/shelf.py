"""Where classifiers are kept: versions by connector in the data directory, the newest whole one in use."""

from __future__ import annotations

import json
import os
import re
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import structlog

from bot.brain.classify.storage import VERSION as FORMAT_VERSION
from bot.brain.classify.storage import opened
from bot.core.errors import Misconfigured

VERSIONS_MAX = 5
"""Kept per connector: what one goes back to is yesterday's or last week's, and each may be 100 MB."""
_NAME: Final = re.compile(r"classifier-(?P<connector>.+)-(?P<version>\d{8})\.bin")
_NOTES: Final = ".json"
_WITHDRAWN: Final = ".withdrawn"

_log = structlog.get_logger(__name__)


class Shelf:
    """The classifiers under one directory. Every method blocks: call it in a thread."""

    def __init__(self, directory: Path, *, versions_max: int = VERSIONS_MAX) -> None:
        """``directory`` is made when something is put into it; ``versions_max``: per connector."""
        self._directory = directory
        self._versions_max = max(1, versions_max)

    def put(self, connector: str, data: bytes, notes: Mapping[str, Any] | None = None) -> int:
        """Keep ``data`` as the newest version and return its number; the oldest beyond the most are deleted.

        ``notes``: what a person wants to know of it, as JSON.

        Raises:
            Misconfigured: it is no classifier, or the directory cannot be written.
        """
        opened(data)
        version = max(self._numbers(connector), default=0) + 1
        path = self._path(connector, version)
        try:
            self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._write(path.with_suffix(_NOTES), _noted(notes or {}))
            self._write(path, data)
            for old in sorted(self._numbers(connector))[: -self._versions_max]:
                self._delete(connector, old)
        except OSError as error:
            raise Misconfigured(f"{path} cannot be written: {error.strerror}") from error
        return version

    def current(self, connector: str, *, below: int | None = None) -> tuple[int, bytes] | None:
        """Return the newest version that is whole, with its number; None when there is none.

        ``below``: of those with a lower number. A damaged or half-written one is refused with a line in the
        log, and the one before it is used.
        """
        for version in self.versions(connector):
            if below is not None and version >= below:
                continue
            try:
                data = self._path(connector, version).read_bytes()
                opened(data)
            except (OSError, Misconfigured) as error:
                _log.error("classifier_refused", connector=connector, version=version, why=str(error))
            else:
                return version, data
        return None

    def versions(self, connector: str) -> list[int]:
        """Return the versions that may be used, newest first."""
        kept = self._numbers(connector)
        return sorted((each for each in kept if not self._withdrawn(connector, each).exists()), reverse=True)

    def notes(self, connector: str, version: int) -> Mapping[str, Any]:
        """Return what was noted; nothing where nothing was, or it does not read.

        Nothing either where the version is of another format, which an older or newer program wrote: whoever
        asks how much it was taught learns that none that can be used was taught anything, and fits again.
        """
        try:
            found: Any = json.loads(self._path(connector, version).with_suffix(_NOTES).read_bytes())
        except (OSError, ValueError):
            return {}
        whole: dict[str, Any] = {**found} if isinstance(found, dict) else {}
        notes: Any = whole.get("notes") if whole.get("format") == FORMAT_VERSION else None
        return {**notes} if isinstance(notes, dict) else {}

    def rollback(self, connector: str) -> int | None:
        """Take the present version out of use; the number of the one before, None when there is none.

        Nothing is deleted, and nothing happens when there is none to go back to: bad is better than none.
        """
        whole = self.current(connector)
        if whole is None:
            return None
        before = self.current(connector, below=whole[0])
        if before is None:
            return None
        try:
            self._write(self._withdrawn(connector, whole[0]), b"")
        except OSError as error:
            raise Misconfigured(f"{self._directory} cannot be written: {error.strerror}") from error
        return before[0]

    def stamp(self, connector: str) -> tuple[int, int, int] | None:
        """Return what changes when :meth:`current` may: version, size and time; None when there is none.

        It reads names, never files, so that it can be asked before every ticket.
        """
        for version in self.versions(connector):
            try:
                found = self._path(connector, version).stat()
            except FileNotFoundError:
                continue  # deleted by another replica in between
            return version, found.st_size, found.st_mtime_ns
        return None

    def _numbers(self, connector: str) -> Iterator[int]:
        name = quote(connector, safe="")
        try:
            found = sorted(each.name for each in self._directory.iterdir())
        except (FileNotFoundError, NotADirectoryError):
            return
        for each in found:
            match = _NAME.fullmatch(each)
            if match and match["connector"] == name:
                yield int(match["version"])

    def _path(self, connector: str, version: int) -> Path:
        return self._directory / f"classifier-{quote(connector, safe='')}-{version:08}.bin"

    def _withdrawn(self, connector: str, version: int) -> Path:
        return self._path(connector, version).with_suffix(_WITHDRAWN)

    def _delete(self, connector: str, version: int) -> None:
        path = self._path(connector, version)
        for each in (path, path.with_suffix(_NOTES), path.with_suffix(_WITHDRAWN)):
            each.unlink(missing_ok=True)

    def _write(self, path: Path, data: bytes) -> None:
        """Write all of it or nothing, readable by its owner alone."""
        with tempfile.NamedTemporaryFile(dir=self._directory, prefix=".classifier-", delete=False) as made:
            try:
                made.write(data)
                made.flush()
                os.fsync(made.fileno())
            except OSError:
                Path(made.name).unlink(missing_ok=True)
                raise
        Path(made.name).replace(path)
        directory = os.open(self._directory, os.O_RDONLY)
        try:
            os.fsync(directory)  # or the rename itself may be lost with the power
        finally:
            os.close(directory)


def _noted(notes: Mapping[str, Any]) -> bytes:
    return json.dumps({"format": FORMAT_VERSION, "notes": dict(notes)}, sort_keys=True).encode()
