"""A conversation made fit to be sent: valid by the provider's rules, and within a bound. Pure.

What is left out depends on what came before it alone, and goes in large steps: while a conversation grows,
the part that is sent keeps its beginning, so that the provider's cache keeps it as well.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from typing import Final

from bot.core.masked import Masked
from bot.core.turns import Call, Heard, Result, Returned, Spoke, Turn

TOKENS_MAX: Final = 60_000
"""Of all turns together: rules and tools come on top, and above 100,000 some models cost more."""
BYTES_PER_TOKEN: Final = 3
"""Too few rather than too many: the true count is the provider's. In bytes, as scripts other than Latin take
about a token a letter, and have two or three bytes."""
LOST: Final = Masked("Nothing came of this call: it was interrupted.")
EMPTY: Final = Masked("(nothing)")
LET_GO: Final = Masked("This result was left out for length. Ask again if it is needed.")


def fit(turns: Sequence[Turn], tools: AbstractSet[str], tokens_max: int = TOKENS_MAX) -> tuple[Turn, ...]:
    """Return ``turns`` as they can be sent: every call answered once, nothing empty, and not too long.

    The oldest exchanges go first, whole, and what is left says what they were; within the last one the oldest
    results go. ``tools``: the names that may be told. The last turn is kept as it is.
    """
    exchanges = [list(each) for each in _exchanges(_answered(turns))]
    start = _start([sum(map(size, each)) for each in exchanges], tokens_max)
    left_out = [turn for each in exchanges[:start] for turn in each]
    kept = [turn for each in exchanges[start:-1] for turn in each] + _lightened(exchanges[-1], tokens_max)
    if left_out:
        first = kept[0]
        assert isinstance(first, Heard), "an exchange begins with a person"
        kept[0] = Heard(Masked(f"{_told(left_out, tools)}\n\n{first.text}"))
    return tuple(kept)


def size(turn: Turn) -> int:
    """Return about how many tokens ``turn`` is."""
    match turn:
        case Heard(text):
            return _tokens(text)
        case Spoke(text, calls, unseen):
            return _tokens(text, unseen, *(c.tool + _json(c.arguments) for c in calls))
        case Returned(results):
            return _tokens(*(each.text for each in results))


def _tokens(*texts: str) -> int:
    return sum(len(text.encode("utf-8", "surrogatepass")) for text in texts) // BYTES_PER_TOKEN + 1


def _answered(turns: Sequence[Turn]) -> Iterator[Turn]:
    """Give every call exactly one result, and leave out what answers nothing or says nothing."""
    open_calls: tuple[Call, ...] = ()
    for turn in turns:
        if isinstance(turn, Returned):
            if open_calls:
                yield Returned(_results(open_calls, turn.results))
            open_calls = ()
            continue
        if open_calls:
            yield Returned(_results(open_calls, ()))
            open_calls = ()
        if isinstance(turn, Spoke):
            if turn.text.strip() or turn.calls:
                yield turn
            open_calls = turn.calls
        else:
            yield turn if turn.text.strip() else Heard(EMPTY)
    if open_calls:
        yield Returned(_results(open_calls, ()))


def _results(calls: Sequence[Call], results: Sequence[Result]) -> tuple[Result, ...]:
    by_call = {each.call: each for each in results}
    found = (by_call.get(call.id, Result(call.id, LOST, is_error=True)) for call in calls)
    return tuple(each if each.text.strip() else replace(each, text=EMPTY) for each in found)


def _exchanges(turns: Iterator[Turn]) -> Iterator[list[Turn]]:
    """Return what was said and all that came of it, one by one; each begins with a person."""
    exchange: list[Turn] = []
    for turn in turns:
        if isinstance(turn, Heard) and exchange and not isinstance(exchange[-1], Heard):
            yield exchange
            exchange = []
        if not exchange and not isinstance(turn, Heard):
            exchange.append(Heard(EMPTY))  # its beginning was forgotten
        exchange.append(turn)
    yield exchange or [Heard(EMPTY)]


def _start(sizes: Sequence[int], most: int) -> int:
    """Return which of ``sizes`` is the first to stay: over the bound it goes down to half of it at once."""
    start, total = 0, 0
    for at, tokens in enumerate(sizes):
        total += tokens
        if total > most:
            while start < at and total > most // 2:
                total -= sizes[start]
                start += 1
    return start


def _lightened(exchange: Sequence[Turn], most: int) -> list[Turn]:
    """Let go of the oldest results of one exchange that is too long by itself; never of the last ones."""
    places = [at for at, turn in enumerate(exchange) if isinstance(turn, Returned)]
    sizes = [size(exchange[at]) for at in places]
    gone = set(places[: _start(sizes, most - sum(map(size, exchange)) + sum(sizes))]) - set(places[-1:])
    return [_emptied(turn) if at in gone else turn for at, turn in enumerate(exchange)]


def _emptied(turn: Turn) -> Turn:
    assert isinstance(turn, Returned), "only results are let go of"
    return Returned(tuple(replace(each, text=LET_GO) for each in turn.results))


def _told(turns: Sequence[Turn], tools: AbstractSet[str]) -> Masked:
    """Say what was left out, in our words alone."""
    said = sum(isinstance(turn, Heard) for turn in turns)
    used = Counter(c.tool for turn in turns if isinstance(turn, Spoke) for c in turn.calls if c.tool in tools)
    names = ", ".join(f"{tool} ({count})" for tool, count in sorted(used.items()))
    return Masked(
        f"[The beginning of this conversation was left out for length: {said} messages of people"
        + (f", and what these tools found: {names}" if names else "")
        + ". Ask or look again for what is missing; do not guess it.]"
    )


def _json(arguments: Mapping[str, object]) -> str:
    return json.dumps(arguments, ensure_ascii=False)
