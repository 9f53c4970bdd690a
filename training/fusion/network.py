"""The fusion network of equations 2-8 in torch: whole sequences for training, steps for export."""

import math
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn

from appliance.domain.affect import AFFECTS
from appliance.domain.tokens import (
    FACE_CUE_COLUMNS,
    FACE_SIZE,
    POSE_CUE_COLUMNS,
    POSE_SIZE,
    POSE_STREAM_SIZE,
    PROJECTION_SIZE,
    WINDOW_TOKENS,
    FaceColumn,
    PoseColumn,
)
from training.simulator.classroom import Lesson

HIDDEN = 64  # d_h = d_k (docs/DESIGN.md, 4)
CLIP = 4.0  # standard deviations; a feature no student of the simulator has must not decide alone
TOLERATED = 3.0  # deviations beyond this add to the novelty
MEMORY_TOKENS = (2.0, 1500.0)  # of an LSTM's units before anything is learned
# A unit forgets at least so much of its cell per token (e-fold in two minutes). Lessons of training
# last ten minutes; what a unit would hold for hours was never trained, and made the eighth hour
# differ from the first by up to .3. Without it unseen students score the same (within .001).
MOST_KEPT = math.exp(-1 / 600)
BLOCK = 300  # queries per attention block when whole sequences are computed
# What a token is worth halves in 10 s before anything is learned: with even weights over a minute
# the gradient of the newest token is a three-hundredth, and what attention says is 30 s old.
HALF_LIFE_TOKENS = 50.0

BITS = {
    FaceColumn.FACE_PRESENT,
    FaceColumn.EYES_READABLE,
    FaceColumn.BLINKS_TIMED,
    PoseColumn.POSE_PRESENT,
    PoseColumn.SHOULDERS_VISIBLE,
    PoseColumn.WRISTS_VISIBLE,
}
"""Not standardised: their two values are what they mean."""

State = tuple[Tensor, Tensor, Tensor, Tensor]
"""(B, 64) hidden and cell state of the face, hidden and cell state of the pose."""


class FusionNetwork(nn.Module):
    """Two LSTMs, attention of the face on the pose, one linear layer.

    Standardisation, its limits and the temperature are part of the network, so that an artifact
    needs nothing beside it.
    """

    def __init__(self, classes: int = len(AFFECTS)) -> None:
        """Start at random; statistics start neutral.

        Args:
            classes: States told apart: four, or two for ``fatigue-only``.
        """
        super().__init__()
        self.face_lstm = nn.LSTM(FACE_SIZE, HIDDEN, batch_first=True)  # eq. 2
        self.pose_lstm = nn.LSTM(POSE_STREAM_SIZE, HIDDEN, batch_first=True)  # eq. 4
        self.query = nn.Linear(HIDDEN, HIDDEN, bias=False)  # W^Q of eq. 5
        self.key = nn.Linear(HIDDEN, HIDDEN, bias=False)
        self.value = nn.Linear(HIDDEN, HIDDEN, bias=False)
        # Added to eq. 6, which knows no time: the logarithm of what a score loses per token of age.
        self.log_fading = nn.Parameter(torch.tensor(math.log(math.log(2) / HALF_LIFE_TOKENS)))
        self.classify = nn.Linear(2 * HIDDEN, classes)  # eq. 8
        # In training only: each stream answers alone as well, so that each learns to.
        self.alone = nn.ModuleList([nn.Linear(HIDDEN, classes), nn.Linear(HIDDEN, classes)])
        for lstm in (self.face_lstm, self.pose_lstm):
            remember(lstm)
        for name, size in (("face", FACE_SIZE), ("pose", POSE_STREAM_SIZE)):
            self.register_buffer(f"{name}_mean", torch.zeros(size))
            self.register_buffer(f"{name}_scale", torch.ones(size))
        self.register_buffer("temperature", torch.ones(()))
        self.register_buffer("usual_novelty", torch.ones(()))

    @property
    def width(self) -> int:
        """Width of the states that attention looks back on."""
        return HIDDEN

    def standardise(self, face: Tensor, pose: Tensor) -> tuple[Tensor, Tensor]:
        """Return both streams in standard deviations, not limited yet."""
        return (face - self.face_mean) / self.face_scale, (pose - self.pose_mean) / self.pose_scale

    def novelty(self, face: Tensor, pose: Tensor) -> Tensor:
        """Return how far the named cues lie outside the training data; about 1 is the worst seen.

        Mean excess over three standard deviations, over the highest such mean that validation
        students reach in 99.9 % of their tokens. Raw coordinates and projection are left out:
        they differ between cameras and people without meaning anything.
        """
        face_z, pose_z = self.standardise(face, pose)
        named = torch.cat([face_z[..., PROJECTION_SIZE:], pose_z[..., POSE_SIZE:]], dim=-1)
        return torch.relu(named.abs() - TOLERATED).mean(dim=-1) / self.usual_novelty

    def encode(
        self, face: Tensor, pose: Tensor, state: State | None = None
    ) -> tuple[Tensor, Tensor, State]:
        """Run both LSTMs over (B, T, F) and (B, T, P); return H_face, H_pose and the last state.

        In training the fused kernel runs, which knows no ``MOST_KEPT``.
        """
        face_z, pose_z = self.standardise(face, pose)
        face_state = pose_state = None
        if state is not None:
            face_state = (state[0][None], state[1][None])
            pose_state = (state[2][None], state[3][None])
        run = nn.LSTM.__call__ if self.training else _run_bounded
        h_face, (fh, fc) = run(self.face_lstm, face_z.clamp(-CLIP, CLIP), face_state)
        h_pose, (ph, pc) = run(self.pose_lstm, pose_z.clamp(-CLIP, CLIP), pose_state)
        return h_face, h_pose, (fh[0], fc[0], ph[0], pc[0])

    def alone_logits(self, h_face: Tensor, h_pose: Tensor) -> list[Tensor]:
        """Return what each stream's (B, Q, 64) states say by themselves, (B, Q, classes) each."""
        return [self.alone[0](h_face), self.alone[1](h_pose)]

    def attend(self, h_face: Tensor, h_pose: Tensor, *, before: int, stride: int) -> Tensor:
        """Return H_fused at every ``stride``-th token (eq. 5-7), masked to the last 300 tokens.

        Args:
            h_face: (B, T, 64) face states of the tokens to be read.
            h_pose: (B, before + T, 64) pose states, beginning ``before`` tokens earlier.
            before: Tokens of pose history that precede the first face token.
            stride: Only each stride-th token, counted so that the last one is read.
        """
        length = h_face.shape[1]
        keys, values = self.key(h_pose), self.value(h_pose)
        positions = torch.arange(length - 1, -1, -stride).flip(0)
        fused = []
        for block in positions.split(max(1, BLOCK // stride)):
            first = max(0, int(block[0]) + before - WINDOW_TOKENS + 1)
            last = int(block[-1]) + before + 1
            asking = h_face[:, block]
            scores = self.query(asking) @ keys[:, first:last].transpose(1, 2) / math.sqrt(HIDDEN)
            at = torch.arange(first, last)[None, :]
            now = block[:, None] + before
            scores = scores - self.log_fading.exp() * (now - at)
            allowed = (at <= now) & (at > now - WINDOW_TOKENS)
            weights = scores.masked_fill(~allowed, -torch.inf).softmax(dim=-1)  # eq. 6
            fused.append(torch.cat([asking, weights @ values[:, first:last]], dim=-1))  # eq. 7
        return torch.cat(fused, dim=1)


class StreamingStep(nn.Module):
    """One token of S seats, with all state going in and coming out: what is exported.

    The ring of keys and values holds the tokens before this one in any order; ``age`` is how many
    tokens ago each came, 0 in a slot that is not in use.
    """

    def __init__(self, network: FusionNetwork) -> None:
        """Share the network's parameters."""
        super().__init__()
        self.network = network

    def forward(  # noqa: PLR0917 - the exporter passes tensors by position
        self,
        face: Tensor,
        pose: Tensor,
        face_hidden: Tensor,
        face_cell: Tensor,
        pose_hidden: Tensor,
        pose_cell: Tensor,
        keys: Tensor,
        values: Tensor,
        age: Tensor,
    ) -> tuple[Tensor, ...]:
        """Take one step; shapes (S, F), (S, P), 4 x (S, 64), 2 x (S, 300, 64), (S, 300)."""
        network = self.network
        face_z, pose_z = network.standardise(face, pose)
        face_hidden, face_cell = _cell(
            network.face_lstm, face_z.clamp(-CLIP, CLIP), face_hidden, face_cell
        )
        pose_hidden, pose_cell = _cell(
            network.pose_lstm, pose_z.clamp(-CLIP, CLIP), pose_hidden, pose_cell
        )
        query = network.query(face_hidden)
        key, value = network.key(pose_hidden), network.value(pose_hidden)
        past = (keys @ query.unsqueeze(2)).squeeze(2) / math.sqrt(HIDDEN)
        past = past - network.log_fading.exp() * age
        # A finite penalty: minus infinity times an unused slot would be a NaN in float16.
        past = torch.where(age > 0, past, torch.full_like(past, -1e4))
        newest = (query * key).sum(dim=1, keepdim=True) / math.sqrt(HIDDEN)
        weights = torch.cat([past, newest], dim=1).softmax(dim=1)
        attended = (weights[:, :-1].unsqueeze(1) @ values).squeeze(1) + weights[:, -1:] * value
        fused = torch.cat([face_hidden, attended], dim=1)
        logits = network.classify(fused) / network.temperature
        return (
            logits.softmax(dim=1),
            fused,
            network.novelty(face, pose),
            face_hidden,
            face_cell,
            pose_hidden,
            pose_cell,
            key,
            value,
        )


def remember(lstm: nn.LSTM) -> None:
    """Let each unit start with a memory of its own, from two tokens to five minutes.

    Tallec and Ollivier 2018 (chrono initialisation): forget bias log(T), input bias -log(T), here
    with log(T) uniform. With torch's own a token is half forgotten by the next, but a student's
    state changes over minutes, and what is usual for a student only shows over many of them.
    """
    with torch.no_grad():
        size = lstm.hidden_size
        shortest, longest = torch.log(torch.tensor(MEMORY_TOKENS))
        memory = shortest + torch.rand(size) * (longest - shortest)
        lstm.bias_hh_l0.zero_()
        lstm.bias_ih_l0.zero_()
        lstm.bias_ih_l0[:size] = -memory
        lstm.bias_ih_l0[size : 2 * size] = memory


def _run_bounded(
    lstm: nn.LSTM, x: Tensor, state: tuple[Tensor, Tensor] | None
) -> tuple[Tensor, tuple[Tensor, Tensor]]:
    """Run an LSTM over (B, T, F) one step at a time, as it is streamed."""
    if state is None:
        state = (x.new_zeros(1, len(x), lstm.hidden_size), x.new_zeros(1, len(x), lstm.hidden_size))
    hidden, cell = state[0][0], state[1][0]
    states = []
    for token in range(x.shape[1]):
        hidden, cell = _cell(lstm, x[:, token], hidden, cell)
        states.append(hidden)
    return torch.stack(states, dim=1), (hidden[None], cell[None])


def _cell(lstm: nn.LSTM, x: Tensor, hidden: Tensor, cell: Tensor) -> tuple[Tensor, Tensor]:
    """Take one step with the parameters of a sequence LSTM (gates i, f, g, o), ``MOST_KEPT``."""
    gates = (
        x @ lstm.weight_ih_l0.T + lstm.bias_ih_l0 + hidden @ lstm.weight_hh_l0.T + lstm.bias_hh_l0
    )
    enter, forget, candidate, out = gates.chunk(4, dim=1)
    kept = torch.sigmoid(forget).clamp(max=MOST_KEPT)
    cell = kept * cell + torch.sigmoid(enter) * torch.tanh(candidate)
    return torch.sigmoid(out) * torch.tanh(cell), cell


def set_statistics(
    network: FusionNetwork, lesson: Lesson, *, undefined: Sequence[int] = ()
) -> None:
    """Standardise by the first shard; scales have a floor so that no column explodes.

    Args:
        network: To be set.
        lesson: The first shard.
        undefined: Columns of the face stream that are divided by infinity: whatever stands there,
            LSTM and novelty see 0, so the artifact itself cannot be influenced by them.
    """
    streams = (
        (network.face_mean, network.face_scale, lesson.face, FACE_CUE_COLUMNS, PROJECTION_SIZE),
        (network.pose_mean, network.pose_scale, lesson.pose, POSE_CUE_COLUMNS, POSE_SIZE),
    )
    for mean, scale, values, columns, raw in streams:
        flat = values.reshape(-1, values.shape[-1])
        centre, spread = flat.mean(axis=0), flat.std(axis=0)
        # Coordinates: a tenth of a shoulder width; projection: it is whitened, so near 1.
        spread[:raw] = np.maximum(spread[:raw], 0.15)
        spread[raw:] = np.maximum(spread[raw:], 0.02)
        for position, column in enumerate(columns, start=raw):
            if column in BITS:
                centre[position], spread[position] = 0.0, 1.0
        mean.copy_(torch.from_numpy(centre))
        scale.copy_(torch.from_numpy(spread))
    network.face_mean[list(undefined)] = 0.0
    network.face_scale[list(undefined)] = torch.inf
