"""MobileViT-XXS with three heads: expressions, affect and facial actions."""

import torch
from torch import Tensor, nn
from torch.nn import functional

EMBEDDING_SIZE = 320  # d_f of the paper's eq. 1; width of MobileViT-XXS before its classifier
PROJECTION_SIZE = 16
ATTENTION_HEADS = 4  # MobileViT (arXiv:2110.02178), section 4.1
PATCH = 2  # as above: 2 x 2 patches at every level
EXPANSION = 2  # as above, appendix A: the XXS variant's inverted residuals


class MobileVitXxs(nn.Module):
    """f_t = GAP(MobileViT-XXS(I_t)), and what is read from it.

    Deviations from arXiv:2110.02178: the last stage keeps stride 1 (output stride 16, not 32),
    because a 64-pixel face would otherwise end in 2 x 2 cells, one per patch, with nothing left
    to attend to; and each MobileViT block adds its input to its output, without which a short
    training from scratch stayed at the class shares (embeddings alike for all faces).
    """

    def __init__(self, *, expressions: int, actions: int) -> None:
        """Draw fresh weights; seed torch before."""
        super().__init__()
        self.trunk = nn.Sequential(
            _conv(3, 16, kernel=3, stride=2),
            _InvertedResidual(16, 16, stride=1),
            _InvertedResidual(16, 24, stride=2),
            _InvertedResidual(24, 24, stride=1),
            _InvertedResidual(24, 24, stride=1),
            _InvertedResidual(24, 48, stride=2),
            _MobileVitBlock(48, width=64, depth=2),
            _InvertedResidual(48, 64, stride=2),
            _MobileVitBlock(64, width=80, depth=4),
            _InvertedResidual(64, 80, stride=1),
            _MobileVitBlock(80, width=96, depth=3),
            _conv(80, EMBEDDING_SIZE, kernel=1),
        )
        self.dropout = nn.Dropout(0.1)
        self.expression = nn.Linear(EMBEDDING_SIZE, expressions)
        self.affect = nn.Linear(EMBEDDING_SIZE, 2)
        self.actions = nn.Linear(EMBEDDING_SIZE, actions)
        nn.init.constant_(self.actions.bias, -1.5)  # most actions rest near .2

    def embed(self, pixels: Tensor) -> Tensor:
        """Return (B, 320) embeddings of (B, 3, S, S) RGB pixels in [-1, 1]."""
        return self.trunk(pixels).mean(dim=(2, 3))

    def read(self, embedding: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return logits (B, 8), affect (B, 2) in [-1, 1] and actions (B, 10) in [0, 1]."""
        features = self.dropout(embedding)
        return (
            self.expression(features),
            torch.tanh(self.affect(features)),
            torch.sigmoid(self.actions(features)),
        )


class ExportedEncoder(nn.Module):
    """The network as the box runs it: BGR bytes in, named tensors out."""

    def __init__(self, network: MobileVitXxs, *, projection: Tensor, offset: Tensor) -> None:
        """Bake channel order and projection in; the network is changed and must not be trained on.

        Args:
            network: In evaluation mode.
            projection: (16, 320) whitening rows.
            offset: (16,) added after them.
        """
        super().__init__()
        stem = network.trunk[0][0]
        # The stem reads BGR from here on: flipping its weights is free, flipping pixels is not.
        stem.weight.data = stem.weight.data.flip(1)
        self.network = network
        self.projection = nn.Linear(EMBEDDING_SIZE, PROJECTION_SIZE)
        self.projection.weight.data = projection
        self.projection.bias.data = offset

    def forward(self, face: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
        """Read (1, S, S, 3) u8 BGR; see the manifest for the outputs."""
        pixels = face.permute(0, 3, 1, 2).to(torch.float32) / 127.5 - 1.0
        embedding = self.network.embed(pixels)
        expression, affect, actions = self.network.read(embedding)
        return embedding, self.projection(embedding), expression, affect, actions


def _conv(
    inputs: int, outputs: int, *, kernel: int, stride: int = 1, groups: int = 1, active: bool = True
) -> nn.Sequential:
    layers = [
        nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, groups=groups, bias=False),
        nn.BatchNorm2d(outputs),
    ]
    return nn.Sequential(*layers, nn.SiLU()) if active else nn.Sequential(*layers)


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
