"""What a ticket costs when the local brain answers first, against asking the model for all of it.

The prompts are the real ones, sent to the sandbox's Messages API, which counts their tokens; prices are those
of ``bot/runtime/prices.toml``. The model is simulated: it is right as often as the local brain has to be, far
more often than what is published for models that were shown no history, so that both ways come out equally
precise and only the cost differs.
"""

from __future__ import annotations

import asyncio
import csv
import gzip
import random
import tempfile
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Any, Final

from bench.table import Row
from bot.brain.history import History
from bot.brain.local import Local
from bot.brain.remembering import Remembered
from bot.brain.schooling import TARGET, refit, shelf_in
from bot.core.judgement import FieldQuestion, Judgement, Question
from bot.core.tickets import Choices, PastTicket, Value
from bot.core.untrusted import Untrusted
from bot.ports import Model
from bot.runtime.cascade import Ask, Cascade
from bot.runtime.claude import Claude
from bot.runtime.models import Endpoint, one
from bot.runtime.provider import Provider
from bot.runtime.spending import FAST
from sandbox.anthropic import Answer, AnthropicSandbox

DATA: Final = Path(__file__).parents[1] / "../shared/data/tickets/itsm8.csv.gz"
RIGHT: Final = TARGET
"""How often the simulated model is right."""
RATIO_MAX: Final = 1 / 3
SLACK: Final = 0.02
"""How far the two precisions may lie apart and still be called equal: chance alone, with so few tickets."""
LEARNED, ASKED = 12_000, 400
CLASSES, WORDS, TEXT_WORDS, NOISE = 8, 6_000, 40, 0.03
PLAIN: Final = 0.67
"""Share of a murky ticket's own words that are its category's: the brain is then right in 0.89 after 12,000
tickets. On the public set it is in 0.87 after three times as many, so that one is the harder."""
QUOTE_WORDS, REASON_WORDS, DRAFT_WORDS = 8, 14, 90
"""Of an answer, as long as a model's usually are."""
SIMILAR: Final = 5
SEED: Final = 20_261_121


@dataclass(frozen=True, slots=True)
class Desk:
    """A desk's past, and tickets that came later with what they turned out to be."""

    name: str
    past: Sequence[tuple[str, str]]
    later: Sequence[tuple[str, str]]
    """Text and category."""

    @property
    def choices(self) -> Choices:
        """What can be set."""
        labels = sorted({label for _, label in self.past})
        return Choices("category", "Category", tuple(Value(label, label) for label in labels))


@dataclass(slots=True)
class Simulated:
    """Claude's own client, asked about a ticket whose answer was laid out on the sandbox before."""

    claude: Claude
    site: AnthropicSandbox
    truth: str = ""
    calls: int = 0
    rng: random.Random = field(default_factory=lambda: random.Random(SEED))  # noqa: S311  # a simulation

    async def judge(self, question: Question) -> Judgement:
        """Answer with the truth, or in one case of twenty with something else."""
        self.calls += 1
        fields = {
            asked.choices.field: self._said(asked.choices)
            for asked in question.fields
            if asked.choices.field not in question.settled
        }
        draft = " ".join(["word"] * DRAFT_WORDS) if question.wants_draft else ""
        self.site.world.script(Answer(tool_input={"fields": fields, "draft": draft, "draft_source": ""}))
        return await self.claude.judge(question)

    def _said(self, choices: Choices) -> dict[str, Any]:
        others = [value.label for value in choices.values if value.label != self.truth]
        value = self.truth if self.rng.random() < RIGHT else self.rng.choice(others)
        said = {"quote": " ".join(["word"] * QUOTE_WORDS), "because": " ".join(["word"] * REASON_WORDS)}
        return {"value": value, "confidence": 0.9, **said}


@dataclass(slots=True)
class Bill:
    """What one way has come to."""

    tickets: int = 0
    usd: float = 0.0
    answered: int = 0
    right: int = 0
    calls: int = 0

    @property
    def each(self) -> float:
        """US dollars a ticket."""
        return self.usd / max(1, self.tickets)

    @property
    def precision(self) -> float:
        """Share of right ones of all answers."""
        return self.right / max(1, self.answered)


async def run(*, quick: bool) -> list[Row]:
    """Compare on a made-up desk, and on real tickets where they are; ``quick``: few made-up ones."""
    if quick:
        return await measure(await asyncio.to_thread(made, 1_500, 30))
    rows = await measure(await asyncio.to_thread(made, LEARNED, ASKED))
    real = await asyncio.to_thread(read, DATA, ASKED)
    return [*rows, *(await measure(real) if real else ())]


async def measure(desk: Desk) -> list[Row]:
    """Fit the local brain to the past and bill the later tickets: with and without drafts, both ways."""
    with tempfile.TemporaryDirectory() as folder:
        local = await asyncio.to_thread(_taught, desk, Path(folder))
        site = AnthropicSandbox()
        await site.start()
        try:
            provider = Provider(one(FAST, Endpoint(api_key=site.api_key, base_url=site.url)))
            claude = Claude(provider, adviser=local)
            rows = [
                row
                for drafts in (False, True)
                for row in await _compared(desk, local, Simulated(claude, site), drafts=drafts)
            ]
            await provider.close()
        finally:
            await site.stop()
    return rows


async def _compared(desk: Desk, local: Model, model: Simulated, *, drafts: bool) -> list[Row]:
    alone = await _billed(desk, local, model, Ask.ALWAYS, drafts=drafts)
    ours = await _billed(desk, local, model, Ask.UNSURE, drafts=drafts)
    ratio = ours.each / alone.each
    equal = abs(ours.precision - alone.precision) <= SLACK or ours.precision > alone.precision
    what = "labels and a draft" if drafts else "labels"
    assumed = (
        f"{FAST} at list prices of {_as_of()}, simulated as right in {RIGHT:.0%}; asked for {ours.calls} of "
        f"{ours.tickets}; right {ours.precision:.1%} against {alone.precision:.1%}"
    )
    return [
        Row(
            measure=f"{desk.name}: {what}, model alone",
            value=f"{1000 * alone.each:.3f} USD per 1,000",
            ratio=1.0,
        ),
        Row(
            measure=f"{desk.name}: {what}, local brain first",
            value=f"{1000 * ours.each:.3f} USD per 1,000",
            ratio=ratio,
            # A draft is asked for wherever the past has none that fits; nothing is promised of that.
            target="" if drafts else "<= 1/3 at equal precision",
            ok=None if drafts else ratio <= RATIO_MAX and equal,
            dominates=assumed,
        ),
    ]


async def _billed(desk: Desk, local: Model, model: Simulated, ask: Ask, *, drafts: bool) -> Bill:
    bill, before = Bill(), model.calls
    cascade = Cascade(local, model, ask=ask)
    shown = _examples(desk)
    for text, truth in desk.later:
        model.truth = truth
        question = Question(
            connector="jira",
            queue="OPS",
            summary=Untrusted(text[:80]),
            description=Untrusted(text),
            conversation=(),
            fields=(FieldQuestion(desk.choices, ()),),
            similar=shown.get(truth, ()),
            language="en",
            wants_draft=drafts,
        )
        judgement = await cascade.judge(question)
        bill.tickets += 1
        bill.usd += judgement.usage.usd
        bill.answered += len(judgement.answers)
        bill.right += sum(answer.value.label == truth for answer in judgement.answers)
    bill.calls = model.calls - before
    return bill


def _examples(desk: Desk) -> dict[str, tuple[PastTicket, ...]]:
    """Return some past tickets of each category: a prompt shows as many as are alike."""
    found: dict[str, tuple[PastTicket, ...]] = {}
    for number, (text, label) in enumerate(desk.past):
        if len(found.get(label, ())) < SIMILAR:
            found[label] = (*found.get(label, ()), _past(number, text, label))
    return found


def _past(number: int, text: str, label: str) -> PastTicket:
    fields = {"category": (Value(label, label),)}
    return PastTicket(f"OPS-{number}", "", "OPS", Untrusted(text[:80]), Untrusted(text), fields)


def _taught(desk: Desk, folder: Path) -> Local:
    history, shelf = History(folder / "history"), shelf_in(folder)
    kept = [
        Remembered(f"OPS-{number}", "", "OPS", "", text, {"category": (Value(label, label),)})
        for number, (text, label) in enumerate(desk.past)
    ]
    history.keep("jira", kept)
    refit(history, shelf, "jira")
    return Local(history, shelf)


def made(learned: int, asked: int) -> Desk:
    """Return a desk of ours: half of a text is its category's own words; some labels are slips."""
    rng = random.Random(SEED)  # noqa: S311  # made-up tickets
    names = [f"Category {letter}" for letter in "ABCDEFGH"[:CLASSES]]

    def word(width: int) -> int:
        return min(int(rng.paretovariate(0.6)), width) - 1

    def ticket() -> tuple[str, str]:
        number = rng.randrange(CLASSES)
        # How plainly a ticket says what it is about differs, as it does with people.
        plain = rng.random() ** 0.5
        other = rng.randrange(CLASSES)
        about = [number if rng.random() < max(plain, PLAIN) else other for _ in range(int(TEXT_WORDS / 4))]
        own = [f"k{each}x{word(WORDS // CLASSES)}" for each in about]
        rest = [f"w{word(WORDS)}" for _ in range(TEXT_WORDS - len(own))]
        slips = rng.random() < NOISE
        return " ".join(rng.sample([*own, *rest], TEXT_WORDS)), names[
            rng.randrange(CLASSES) if slips else number
        ]

    return Desk("made-up desk", [ticket() for _ in range(learned)], [ticket() for _ in range(asked)])


def read(path: Path, asked: int) -> Desk | None:
    """Return the real tickets at ``path``, the held-out ones to be asked about; None where there are none."""
    if not path.is_file():
        return None
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        rows = [(row["text"], row["category"], row["split"]) for row in csv.DictReader(file)]
    past = [(text, label) for text, label, split in rows if split == "train"]
    held = [(text, label) for text, label, split in rows if split == "tune"]
    return Desk(f"itsm8, {len(past):,} learned", past, held[:: max(1, len(held) // asked)][:asked])


def _as_of() -> str:
    text = resources.files("bot.runtime").joinpath("prices.toml").read_text(encoding="utf-8")
    return str(tomllib.loads(text)["as_of"])
