"""Stays of real people as the learned policy would keep them: a state vector every 10 s.

A *stay* is an occupancy of its own: nothing learnt of the person before it is known in it. Two
sources give them:

* *filmed*: clips with face and body through the box's own perception. Each clip becomes two
  stays, its beginning and its end with a tenth left out between them; a short one goes forth and
  back until three minutes are over;
* *bodies*: students before a webcam for minutes, each clip one stay. There are twelve points of
  the body and no face.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from appliance.domain.arrays import Float32Array, bind_shapes
from appliance.domain.observations import Observation
from appliance.domain.policy.choices import POLICY_STEP_S
from appliance.domain.tokens import TOKEN_S, WINDOW_TOKENS, SeatStatus
from appliance.fusion.fuser import Fuser
from appliance.inference.library import EngineChoice, ModelLibrary
from appliance.intervention.policy.state import FUSED, STATE_SIZE, Acceptance, StateEncoder
from appliance.ports import InferenceSession
from training.datasets.filmed_people import FILMED, FilmedClip
from training.progress import tracked
from training.real.fused.bodies import read_bodies
from training.real.observations import EngineForms, cache_file, prolong, read_clip
from training.real.tokens import pool_tokens
from training.shipped import play

STAY_S = 180.0
"""Where a filmed stay ends: two minutes after its baseline has settled."""

GAP = 0.05
"""Share of a clip on each side of its middle that belongs to neither half: neighbouring frames are
nearly the same."""

PORTRAITS = ("d0", "d3", "d6", "d10", "d12", "d13", "d20", "s13", "s29", "s32")
"""Ten people more with a clip each, ``data/video/portraits``."""

_STEP_TOKENS = round(POLICY_STEP_S / TOKEN_S)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Stay:
    """What would be kept of one occupancy of one person."""

    person: str
    """Whose it is."""

    clip: str
    """Which recording."""

    part: float
    """0 when it is the clip's beginning or all of it, 1 when it is the clip's end."""

    states: Float32Array = field(repr=False)
    """(N, ``STATE_SIZE``) s_k, every 10 s from 60 s on."""

    usual: Float32Array = field(repr=False)
    """(N, 128) mean h_fused of the occupancy up to each of them."""

    def __post_init__(self) -> None:
        """Reject wrong shapes at the border."""
        width = FUSED.stop
        shapes = {"states": (self.states, f"N {STATE_SIZE}"), "usual": (self.usual, f"N {width}")}
        bind_shapes("Stay", shapes)


def filmed_stays(data: Path, *, work: Path | None) -> list[Stay]:
    """Return two stays of every clip of one person.

    Args:
        data: Folder with ``video``.
        work: Where what was seen of the clips is kept; None for nowhere.

    Raises:
        CameraError: A clip cannot be read.
    """
    portraits = [FilmedClip(name=f"portraits/{one}.mp4", person=one) for one in PORTRAITS]
    session = _fusion()
    stays = []
    for clip in tracked((*FILMED, *portraits), "clips"):
        path = data / "video" / clip.name
        for part, half in enumerate(halve(clip, frames=sum(1 for _ in play(path)))):
            seen = read_clip(path, forms=EngineForms(), work=work, first=half.first, last=half.last)
            states, usual = keep_states(prolong(seen, until_s=STAY_S), session)
            stays.append(
                Stay(person=clip.person, clip=clip.name, part=part, states=states, usual=usual)
            )
    return [stay for stay in stays if len(stay.states)]


def body_stays(path: Path, *, work: Path | None) -> list[Stay]:
    """Return a stay per clip of everybody who has several.

    Args:
        path: ``data/engagement/emotiw_body.npz``.
        work: Where the states are kept, so that an interrupted run goes on; None for nowhere.

    Raises:
        ConfigError: The file cannot be read.
    """
    digest = ModelLibrary(None, lanes=1).spec("fusion").digest
    session = _fusion()
    stays = []
    for clip in tracked(list(read_bodies(path)), "bodies"):
        kept = None if work is None else cache_file(work, path, f"{clip.name};{digest}")
        if kept is not None and kept.is_file():
            with np.load(kept) as stored:
                states, usual = stored["states"], stored["usual"]
        else:
            states, usual = keep_states(list(clip.observations()), session)
            if kept is not None:
                kept.parent.mkdir(parents=True, exist_ok=True)
                np.savez(kept, states=states, usual=usual)
        stays.append(Stay(person=clip.person, clip=clip.name, part=0.0, states=states, usual=usual))
    return [stay for stay in stays if len(stay.states)]


def halve(clip: FilmedClip, *, frames: int) -> Iterator[FilmedClip]:
    """Yield beginning and end of a clip as clips of their own.

    Args:
        clip: Of one person.
        frames: How many its file has.
    """
    last = frames - 1 if clip.last is None else min(clip.last, frames - 1)
    length = last - clip.first
    yield replace(clip, last=clip.first + int((0.5 - GAP) * length))
    yield replace(clip, first=clip.first + int((0.5 + GAP) * length) + 1, last=last)


def keep_states(
    observations: Sequence[Observation], session: InferenceSession
) -> tuple[Float32Array, Float32Array]:
    """Return what the policy would have kept: (N, ``STATE_SIZE``) states and (N, 128) means so far.

    Nothing was asked of these people and no task is known, so those parts are constant. States
    before the window of 60 s is full are left out, as the masks leave them out.

    Args:
        observations: Of one seat, in order.
        session: A request on the ``fusion`` model.
    """
    fuser, acceptance = Fuser(session, seats=1), Acceptance()
    encoder, summed, count = StateEncoder(), np.zeros(FUSED.stop), 0
    states, usual = [], []
    for batch in pool_tokens(observations).batches:
        (reading,) = fuser.read(batch)
        if batch.restarted[0]:
            encoder, summed, count = StateEncoder(), np.zeros(FUSED.stop), 0
        if batch.status[0] is not SeatStatus.PRESENT:
            continue
        encoder.add(reading.fused, reading.probabilities.astype(np.float64))
        summed += reading.fused
        count += 1
        if count >= WINDOW_TOKENS and count % _STEP_TOKENS == 0:
            states.append(
                encoder.encode(
                    at_s=reading.at_s,
                    context=None,
                    acceptance=acceptance,
                    on_task_s=0.0,
                    since_action_s=None,
                )
            )
            usual.append(summed / count)
    return (
        np.array(states, dtype=np.float32).reshape(-1, STATE_SIZE),
        np.array(usual, dtype=np.float32).reshape(-1, FUSED.stop),
    )


def _fusion() -> InferenceSession:
    return ModelLibrary(None, lanes=1).load("fusion", choice=EngineChoice.ONNX).session()
