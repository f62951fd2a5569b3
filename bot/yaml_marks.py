"""YAML with line numbers: what an error about a key needs to say where it stands."""

from __future__ import annotations

from typing import Any

import yaml

from bot.core.errors import Misconfigured

Path = tuple[str | int, ...]


class Marked:
    """A parsed document and the line of each of its nodes."""

    def __init__(self, text: str, name: str) -> None:
        """Parse ``text``; ``name`` is the file's, for errors.

        Raises:
            Misconfigured: not YAML, or a key stands twice; with file and line.
        """
        self.name = name
        try:
            self._root = yaml.compose(text, Loader=yaml.SafeLoader)
            self.data: Any = yaml.safe_load(text)
        except yaml.MarkedYAMLError as error:
            line = error.problem_mark.line + 1 if error.problem_mark else 1
            raise Misconfigured(f"{name}:{line}: this is not YAML: {error.problem}") from error
        except (yaml.YAMLError, ValueError) as error:
            # A control character, or a date that is none.
            raise Misconfigured(f"{name}: this is not YAML: {error}") from error
        except RecursionError as error:
            raise Misconfigured(f"{name}: this is nested too deep") from error
        self._refuse_twice(self._root)

    def at(self, path: Path) -> str:
        """Return ``file:line: key`` for ``path``, as near as the document has it."""
        node, line = self._root, 1
        for step in path:
            found = self._child(node, step)
            if found is None:
                break
            node, line = found
        dotted = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).lstrip(".")
        return f"{self.name}:{line}: {dotted}" if dotted else f"{self.name}:{line}"

    def _child(self, node: yaml.Node | None, step: str | int) -> tuple[yaml.Node, int] | None:
        if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
            item = node.value[step]
            return item, item.start_mark.line + 1
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                if key.value == step:
                    return value, key.start_mark.line + 1
        return None

    def _refuse_twice(self, node: yaml.Node | None) -> None:
        """Refuse a key that stands twice: YAML would keep the last one and say nothing."""
        if isinstance(node, yaml.SequenceNode):
            for item in node.value:
                self._refuse_twice(item)
        if isinstance(node, yaml.MappingNode):
            seen: set[str] = set()
            for key, value in node.value:
                if key.value in seen:
                    line = key.start_mark.line + 1
                    raise Misconfigured(f"{self.name}:{line}: {key.value} stands twice: keep one")
                seen.add(key.value)
                self._refuse_twice(value)
