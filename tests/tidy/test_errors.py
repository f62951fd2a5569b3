"""The tree in the docstring of core/errors.py is the tree in the code."""

import inspect

from bot.core import errors


def drawn() -> dict[str, str]:
    """Each error of the drawing and its parent, by indentation."""
    found: dict[str, str] = {}
    above: list[tuple[int, str]] = []
    for line in (inspect.getdoc(errors) or "").splitlines():
        bullet = line.lstrip()
        if not bullet.startswith(("* ", "- ")):
            continue
        indent, error = len(line) - len(bullet), bullet[2:].split()[0]
        above = [(i, n) for i, n in above if i < indent]
        found[error] = above[-1][1] if above else "Exception"
        above.append((indent, error))
    return found


def test_the_docstring_lists_every_error_under_its_parent() -> None:
    shown = drawn()
    assert shown.pop("AssertionError") == "Exception"
    coded = {
        name: cls.__bases__[0].__name__
        for name, cls in vars(errors).items()
        if inspect.isclass(cls) and cls.__module__ == errors.__name__
    }
    assert shown == coded
