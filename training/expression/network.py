"""MobileViT-XXS with three heads: expressions, affect and facial actions; and its checkpoints."""

from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from appliance.domain.arrays import Float32Array, UInt8Array
from appliance.domain.observations import FACE_ACTIONS
from training.datasets.ferplus import EXPRESSIONS

EMBEDDING_SIZE = 320  # d_f of docs/PAPER.md, 4.1.2, eq. 1; MobileViT-XXS before its classifier
PROJECTION_SIZE = 16
ATTENTION_HEADS = 4  # MobileViT (arXiv:2110.02178), section 4.1
READOUT_SIZE = 32  # channels per cell from which the actions are read
STRIDE = 16  # pixels of the input per cell of the last map
PATCH = 2  # as above: 2 x 2 patches at every level
EXPANSION = 2  # as above, appendix A: the XXS variant's inverted residuals


class MobileVitXxs(nn.Module):
    """f_t = GAP(MobileViT-XXS(I_t)), and what is read from it.

    Deviations from arXiv:2110.02178: the last stage keeps stride 1 (output stride 16, not 32),
    because a 64-pixel face would otherwise end in 2 x 2 cells, one per patch, with nothing left
    to attend to; and each MobileViT block adds its input to its output, without which a short
    training from scratch stayed at the class shares (embeddings alike for all faces).

    Expressions and affect are read from the pooled f_t, facial actions from the map before it: a
    lid or a jaw has its place in an upright face, and pooling forgets the place.
    """

    def __init__(self, *, expressions: int, actions: int, side: int, width: float = 1.0) -> None:
        """Draw fresh weights; seed torch before.

        Args:
            expressions: Classes of the expression head.
            actions: Facial actions.
            side: Pixels of the input's side, a multiple of 32.
            width: Channels relative to XXS; more than 1 makes a guide, which is not shipped.
        """
        super().__init__()
        self.side, self.width = side, width
        c16, c24, c48, c64, c80 = (round(n * width / 8) * 8 for n in (16, 24, 48, 64, 80))
        t64, t80, t96 = (round(n * width / 8) * 8 for n in (64, 80, 96))
        self.trunk = nn.Sequential(
            _conv(3, c16, kernel=3, stride=2),
            _InvertedResidual(c16, c16, stride=1),
            _InvertedResidual(c16, c24, stride=2),
            _InvertedResidual(c24, c24, stride=1),
            _InvertedResidual(c24, c24, stride=1),
            _InvertedResidual(c24, c48, stride=2),
            _MobileVitBlock(c48, width=t64, depth=2),
            _InvertedResidual(c48, c64, stride=2),
            _MobileVitBlock(c64, width=t80, depth=4),
            _InvertedResidual(c64, c80, stride=1),
            _MobileVitBlock(c80, width=t96, depth=3),
            _conv(c80, EMBEDDING_SIZE, kernel=1),
        )
        self.dropout = nn.Dropout(0.2)
        self.expression = nn.Linear(EMBEDDING_SIZE, expressions)
        self.affect = nn.Linear(EMBEDDING_SIZE, 2)
        self.readout = _conv(EMBEDDING_SIZE, READOUT_SIZE, kernel=1)
        self.actions = nn.Conv2d(READOUT_SIZE, actions, side // STRIDE)  # the whole map at once
        with torch.no_grad():
            self.actions.bias.fill_(-1.5)  # most actions rest near .2

    def forward(self, pixels: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Read (B, 3, S, S) RGB pixels in [-1, 1].

        Returns:
            Embedding (B, 320), logits (B, 8), affect (B, 2) in [-1, 1], actions (B, 10) in [0, 1].
        """
        cells = self.trunk(pixels)
        embedding = cells.mean(dim=(2, 3))
        features = self.dropout(embedding)
        return (
            embedding,
            self.expression(features),
            torch.tanh(self.affect(features)),
            torch.sigmoid(self.actions(self.readout(cells)).flatten(1)),
        )


def fit_to_side(weights: dict[str, Tensor], *, side: int) -> dict[str, Tensor]:
    """Return a network's weights for another input side, a start for training there.

    Only the actions' kernel, which spans the last map, knows the side; it is resampled.
    """
    kernel = weights["actions.weight"]
    cells = side // STRIDE
    resampled = functional.interpolate(kernel, size=(cells, cells), mode="bilinear")
    share = (kernel.shape[-1] / cells) ** 2
    return {**weights, "actions.weight": resampled * share}


def predict(
    network: MobileVitXxs, pixels: UInt8Array, *, device: str
) -> tuple[Float32Array, Float32Array, Float32Array, Float32Array]:
    """Return embedding, logits, affect and actions of (N, S, S, 3) u8 BGR crops."""
    network.eval()
    parts = []
    with torch.no_grad():
        for start in range(0, len(pixels), 128):
            read = network(to_tensor(pixels[start : start + 128], device=device))
            parts.append([part.cpu().numpy() for part in read])
    embedding, logits, affect, actions = (
        np.concatenate(column) for column in zip(*parts, strict=True)
    )
    return embedding, logits, affect, actions


def to_tensor(pixels: UInt8Array, *, device: str) -> Tensor:
    """Turn u8 BGR NHWC crops into RGB NCHW in [-1, 1], channels last in memory."""
    tensor = torch.from_numpy(np.ascontiguousarray(pixels[..., ::-1])).to(device)
    tensor = tensor.permute(0, 3, 1, 2).float() / 127.5 - 1.0
    return tensor.contiguous(memory_format=torch.channels_last)


class ExportedEncoder(nn.Module):
    """The network as the box runs it: BGR bytes in, named tensors out."""

    def __init__(
        self,
        network: MobileVitXxs,
        *,
        projection: tuple[Tensor, Tensor],
        calibration: tuple[float, Tensor],
    ) -> None:
        """Bake everything in; the network is changed and must not be trained on.

        Args:
            network: In evaluation mode.
            projection: Rows (16, 320) and what is added after them (16,).
            calibration: Factor of the logits and what is added after it (8,).
        """
        super().__init__()
        self.network = _reads_bgr(network)
        self.projection = nn.Linear(EMBEDDING_SIZE, PROJECTION_SIZE)
        self.projection.weight.data, self.projection.bias.data = projection
        factor, offset = calibration
        head = network.expression
        head.weight.data = head.weight.data * factor
        head.bias.data = head.bias.data * factor + offset

    def forward(self, face: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
        """Read (1, S, S, 3) u8 BGR; see the manifest for the outputs."""
        embedding, expression, affect, actions = self.network(_normalised(face))
        return embedding, self.projection(embedding), expression, affect, actions


class ExportedActions(nn.Module):
    """The encoder of the ``fatigue-only`` profile: no other head is in the file."""

    def __init__(self, network: MobileVitXxs) -> None:
        """Take a network in evaluation mode that was taught actions only."""
        super().__init__()
        network = _reads_bgr(network)
        self.trunk, self.readout, self.actions = network.trunk, network.readout, network.actions

    def forward(self, face: Tensor) -> Tensor:
        """Read (1, S, S, 3) u8 BGR and return (1, 10) actions."""
        return torch.sigmoid(self.actions(self.readout(self.trunk(_normalised(face)))).flatten(1))


def _normalised(face: Tensor) -> Tensor:
    return face.permute(0, 3, 1, 2).to(torch.float32) / 127.5 - 1.0


def _reads_bgr(network: MobileVitXxs) -> MobileVitXxs:
    """Flip the stem's input channels: flipping its weights is free, flipping pixels is not."""
    stem = network.trunk[0][0]
    stem.weight.data = stem.weight.data.flip(1)
    return network


def _conv(
    inputs: int, outputs: int, *, kernel: int, stride: int = 1, groups: int = 1, active: bool = True
) -> nn.Sequential:
    layers = [
        nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, groups=groups, bias=False),
        nn.BatchNorm2d(outputs),
    ]
    return nn.Sequential(*layers, nn.SiLU()) if active else nn.Sequential(*layers)


def save_checkpoint(
    file: Path,
    network: MobileVitXxs,
    averaged: MobileVitXxs,
    optimizer: torch.optim.Optimizer,
    *,
    step: int,
) -> None:
    """Write everything that a resumed run needs; a torn write leaves the file before."""
    state = {
        "network": network.state_dict(),
        "averaged": averaged.state_dict(),
        "optimizer": optimizer.state_dict(),
        "step": step,
        "side": network.side,
        "width": network.width,
    }
    partial = file.with_suffix(".partial")
    torch.save(state, partial)
    partial.rename(file)


def load_network(checkpoint_file: Path) -> tuple[MobileVitXxs, int]:
    """Return the averaged network of a checkpoint, for inference, and its step."""
    kept = torch.load(checkpoint_file, map_location="cpu", weights_only=True)
    network = MobileVitXxs(
        expressions=len(EXPRESSIONS),
        actions=len(FACE_ACTIONS),
        side=int(kept["side"]),
        width=float(kept["width"]),
    )
    network.load_state_dict(kept["averaged"])
    return network.eval(), int(kept["step"])


class _InvertedResidual(nn.Module):
    def __init__(self, inputs: int, outputs: int, *, stride: int) -> None:
        super().__init__()
        hidden = inputs * EXPANSION
        self.residual = stride == 1 and inputs == outputs
        self.layers = nn.Sequential(
            _conv(inputs, hidden, kernel=1),
            _conv(hidden, hidden, kernel=3, stride=stride, groups=hidden),
            _conv(hidden, outputs, kernel=1, active=False),
        )

    def forward(self, x: Tensor) -> Tensor:
        return x + self.layers(x) if self.residual else self.layers(x)


class _MobileVitBlock(nn.Module):
    def __init__(self, channels: int, *, width: int, depth: int) -> None:
        super().__init__()
        self.width = width
        self.local = nn.Sequential(
            _conv(channels, channels, kernel=3), nn.Conv2d(channels, width, 1, bias=False)
        )
        self.layers = nn.Sequential(*(_TransformerLayer(width) for _ in range(depth)))
        self.norm = nn.LayerNorm(width)
        self.project = _conv(width, channels, kernel=1)
        self.fuse = _conv(2 * channels, channels, kernel=3)

    def forward(self, x: Tensor) -> Tensor:
        local = self.local(x)
        batch, rows, columns = local.shape[0], local.shape[2] // PATCH, local.shape[3] // PATCH
        # Pixels with the same place in their patch attend to each other: (B, 2 * 2, patches, d).
        tokens = local.reshape(batch, self.width, rows, PATCH, columns, PATCH)
        tokens = tokens.permute(0, 3, 5, 2, 4, 1).reshape(
            batch * PATCH * PATCH, rows * columns, self.width
        )
        tokens = self.norm(self.layers(tokens))
        tokens = tokens.reshape(batch, PATCH, PATCH, rows, columns, self.width)
        mixed = tokens.permute(0, 5, 3, 1, 4, 2).reshape(
            batch, self.width, rows * PATCH, columns * PATCH
        )
        return x + self.fuse(torch.cat([x, self.project(mixed)], dim=1))


class _TransformerLayer(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.before_attention = nn.LayerNorm(width)
        self.query_key_value = nn.Linear(width, 3 * width)
        self.output = nn.Linear(width, width)
        self.before_mlp = nn.LayerNorm(width)
        self.widen = nn.Linear(width, 2 * width)
        self.narrow = nn.Linear(2 * width, width)

    def forward(self, tokens: Tensor) -> Tensor:
        batch, count, width = tokens.shape
        size = width // ATTENTION_HEADS
        qkv = self.query_key_value(self.before_attention(tokens))
        qkv = qkv.reshape(batch, count, 3, ATTENTION_HEADS, size).permute(2, 0, 3, 1, 4)
        # Heads are merged into the batch: OpenVINO 2026.4 fuses the four-dimensional form and gets
        # it wrong in float32 for heads of 20 (.58 off on values of 2.6); this form agrees to 2e-6.
        query, key, value = qkv.reshape(3, batch * ATTENTION_HEADS, count, size).unbind(0)
        weights = torch.softmax(torch.bmm(query, key.transpose(1, 2)) * size**-0.5, dim=-1)
        attended = torch.bmm(weights, value).reshape(batch, ATTENTION_HEADS, count, size)
        attended = attended.transpose(1, 2).reshape(batch, count, width)
        tokens = tokens + self.output(attended)
        hidden = functional.silu(self.widen(self.before_mlp(tokens)))
        return tokens + self.narrow(hidden)
