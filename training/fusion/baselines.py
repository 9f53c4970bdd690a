"""The rows of Table 2 beside the fusion network, in its place: same data, same steps.

``python -m training.fusion --variant face|pose|early|cues-only`` trains them; late fusion needs no
training of its own. Each reads whole sequences as ``FusionNetwork`` does and none is exported.
"""

import torch
from torch import Tensor, nn

from appliance.domain.affect import AFFECTS
from appliance.domain.tokens import FACE_SIZE, POSE_STREAM_SIZE
from training.fusion.network import CLIP, HIDDEN, FusionNetwork, State, remember

# So wide that one LSTM on both streams has as many parameters as the fusion network (74 thousand).
EARLY_HIDDEN = 90


class SingleStream(FusionNetwork):
    """One LSTM on one stream; no attention."""

    def __init__(self, *, face: bool) -> None:
        """Keep the face's half, or the pose's."""
        super().__init__()
        self._face = face
        self.classify = nn.Linear(HIDDEN, len(AFFECTS))

    def encode(
        self, face: Tensor, pose: Tensor, state: State | None = None
    ) -> tuple[Tensor, Tensor, State]:
        """Run the one LSTM; both answers are its states."""
        stream = self.standardise(face, pose)[0 if self._face else 1].clamp(-CLIP, CLIP)
        lstm = self.face_lstm if self._face else self.pose_lstm
        before = None if state is None else (state[0][None], state[1][None])
        states, (hidden, cell) = lstm(stream, before)
        return states, states, (hidden[0], cell[0], hidden[0], cell[0])

    def alone_logits(self, h_face: Tensor, h_pose: Tensor) -> list[Tensor]:
        """Nothing: the one answer is the answer."""
        del h_face, h_pose
        return []

    def attend(self, h_face: Tensor, h_pose: Tensor, *, before: int, stride: int) -> Tensor:
        """Return the states that are read, (B, Q, H)."""
        del h_pose, before
        return h_face[:, torch.arange(h_face.shape[1] - 1, -1, -stride).flip(0)]


class EarlyFusion(SingleStream):
    """One LSTM on both streams side by side."""

    def __init__(self) -> None:
        """Replace both LSTMs by a wider one."""
        super().__init__(face=True)
        self.face_lstm = nn.LSTM(FACE_SIZE + POSE_STREAM_SIZE, EARLY_HIDDEN, batch_first=True)
        remember(self.face_lstm)
        self.classify = nn.Linear(EARLY_HIDDEN, len(AFFECTS))

    @property
    def width(self) -> int:
        """Width of the states."""
        return EARLY_HIDDEN

    def encode(
        self, face: Tensor, pose: Tensor, state: State | None = None
    ) -> tuple[Tensor, Tensor, State]:
        """Run the LSTM on both streams."""
        both = torch.cat(self.standardise(face, pose), dim=-1).clamp(-CLIP, CLIP)
        before = None if state is None else (state[0][None], state[1][None])
        states, (hidden, cell) = self.face_lstm(both, before)
        return states, states, (hidden[0], cell[0], hidden[0], cell[0])
