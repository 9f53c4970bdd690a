"""The simulated students a fusion model learns from, kept in shards on disk."""

import ast
import functools
import hashlib
import time
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import numpy as np

from appliance import windows
from appliance.domain.affect import AFFECTS, VIGILANCES, Affect, Vigilance
from appliance.domain.tokens import PROJECTION_SIZE, TOKEN_HZ, UNDEFINED_WITHOUT_EMOTION
from training import simulator
from training.fusion.recipe import Args, Variant
from training.simulator.classroom import Lesson, simulate_lesson
from training.simulator.regimes import Circumstances, draw_circumstances


def load_shard(args: Args, index: int) -> Lesson:
    """Return a shard of simulated students, from ``--work`` if it has been made before.

    On disk a shard has everything; what the variant does not define is taken out here.
    """
    tokens = int(args.minutes * 60 * TOKEN_HZ)
    students = args.students if index < args.shards else args.validation_students
    made_by = f"{source_digest(simulator)}-{source_digest(windows)}"
    path = args.work / f"shard-{made_by}-{args.seed}-{index}-{students}x{tokens}.npz"
    if not path.exists():
        begun = time.monotonic()
        lesson = simulate_lesson(seed=args.seed + index, students=students, tokens=tokens)
        partial = path.with_suffix(".partial.npz")
        np.savez(
            partial,
            face=lesson.face.astype(np.float16),
            pose=lesson.pose.astype(np.float16),
            states=lesson.states,
        )
        partial.rename(path)
        print(f"simulated shard {index} in {time.monotonic() - begun:.0f} s", flush=True)
    with np.load(path) as arrays:
        lesson = Lesson(
            face=arrays["face"].astype(np.float32),
            pose=arrays["pose"].astype(np.float32),
            states=arrays["states"],
        )
    return see_as(args.variant, lesson)


def circumstances(args: Args, index: int) -> Circumstances:
    """Return how the students of a shard are seen; nominal ones lose nothing."""
    students = args.students if index < args.shards else args.validation_students
    # The first thing that ``emit_tokens`` draws.
    return draw_circumstances(np.random.default_rng([args.seed + index, 1]), students, regime=None)


def see_as(variant: Variant, lesson: Lesson) -> Lesson:
    """Return a lesson with what a variant must not see taken out."""
    match variant:
        case Variant.FATIGUE_ONLY:
            return without_emotion(lesson)
        case Variant.CUES_ONLY:
            face = lesson.face.copy()
            face[..., :PROJECTION_SIZE] = 0
            return replace(lesson, face=face)
        case _:
            return lesson


def without_emotion(lesson: Lesson) -> Lesson:
    """Return a lesson as ``fatigue-only`` sees it (docs/DESIGN.md, 8).

    Undefined columns are 0 and states indices into ``VIGILANCES``.

    Fatigued stays what it is; the three other states are one, alert. What the box's own featuriser
    makes of the other columns does not depend on those that are taken out.
    """
    face = lesson.face.copy()
    face[..., list(UNDEFINED_WITHOUT_EMOTION)] = 0
    fatigued = lesson.states == AFFECTS.index(Affect.FATIGUED)
    vigilance = np.where(
        fatigued, VIGILANCES.index(Vigilance.FATIGUED), VIGILANCES.index(Vigilance.ALERT)
    )
    return replace(lesson, face=face, states=vigilance.astype(np.int8))


@functools.cache
def source_digest(package: ModuleType) -> str:
    """Return a short hash of what a package computes: its code and tables, however arranged.

    Names of files, imports, comments and docstrings do not count, nor do the parts that draw pixels
    and the command line. Once per run: an edit while a run goes on must not mix two simulators.
    """
    folder = Path(package.__path__[0])
    sources = [
        source
        for source in folder.rglob("*.py")
        if source.relative_to(folder).parts[0] not in {"render", "__main__.py"}
    ]
    texts = [
        *(_code(source.read_text(encoding="utf-8")) for source in sources),
        *(table.read_text(encoding="utf-8") for table in folder.rglob("*.json")),
    ]
    return hashlib.sha256("\n".join(sorted(filter(None, texts))).encode()).hexdigest()[:12]


def _code(source: str) -> str:
    """Return a module without imports and docstrings, those of fields included."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        for _, part in ast.iter_fields(node):
            if isinstance(part, list):
                part[:] = [one for one in part if not _says_nothing(one)]
    return ast.unparse(tree)


def _says_nothing(node: object) -> bool:
    match node:
        case ast.Import() | ast.ImportFrom() | ast.Expr(value=ast.Constant()):
            return True
        case _:
            return False
