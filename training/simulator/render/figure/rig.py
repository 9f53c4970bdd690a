"""The face actions and the bones that a render moves, in the order of every array of them."""

from collections.abc import Mapping

ACTIONS: tuple[str, ...] = (
    "eyeBlinkLeft",
    "eyeBlinkRight",
    "eyeSquintLeft",
    "eyeSquintRight",
    "eyeLookDownLeft",
    "eyeLookDownRight",
    "eyeWideLeft",
    "eyeWideRight",
    "cheekSquintLeft",
    "cheekSquintRight",
    "browDownLeft",
    "browDownRight",
    "browInnerUp",
    "browOuterUpLeft",
    "browOuterUpRight",
    "jawOpen",
    "mouthStretchLeft",
    "mouthStretchRight",
    "mouthFunnel",
    "mouthSmileLeft",
    "mouthSmileRight",
    "mouthFrownLeft",
    "mouthFrownRight",
    "mouthPressLeft",
    "mouthPressRight",
    "mouthShrugLower",
    "noseSneerLeft",
    "noseSneerRight",
)
"""The ARKit face actions the render uses, in the order of every coefficient array."""

BONES: tuple[tuple[str, str | None], ...] = (
    ("root", None),
    ("spine05", "root"),
    ("spine04", "spine05"),
    ("spine03", "spine04"),
    ("spine02", "spine03"),
    ("spine01", "spine02"),
    ("neck01", "spine01"),
    ("neck02", "neck01"),
    ("neck03", "neck02"),
    ("head", "neck03"),
    ("eye.L", "head"),
    ("eye.R", "head"),
    ("clavicle.L", "spine01"),
    ("shoulder01.L", "clavicle.L"),
    ("upperarm01.L", "shoulder01.L"),
    ("lowerarm01.L", "upperarm01.L"),
    ("wrist.L", "lowerarm01.L"),
    ("clavicle.R", "spine01"),
    ("shoulder01.R", "clavicle.R"),
    ("upperarm01.R", "shoulder01.R"),
    ("lowerarm01.R", "upperarm01.R"),
    ("wrist.R", "lowerarm01.R"),
)
"""Bones that move and their parents; every other bone of the rig follows its nearest of these."""

BONE_INDEX: Mapping[str, int] = {name: index for index, (name, _) in enumerate(BONES)}
