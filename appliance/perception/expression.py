"""Face crop to expression embedding and facial cues (MobileViT)."""

from dataclasses import dataclass, field

from appliance.domain.arrays import UInt8Array
from appliance.domain.observations import ActionCues, FaceCues
from appliance.perception.face import EYES_APART, EYES_BELOW_TOP, Face
from appliance.perception.preprocess import warp_square
from appliance.perception.scratch import Scratch
from appliance.perception.squares import Square
from appliance.perception.trust import CropQuality, judge_crop
from appliance.ports import InferenceSession

# Side of the encoder's crop over the side that fits the training pictures. 1.0 is best for the
# encoder 2.0 (jaw opening in talking_face against the teacher: r .60, .49 at 1.1).
CROP_MARGIN = 1.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FaceCrop:
    """What the encoder is to see."""

    pixels: UInt8Array = field(repr=False)
    """(1, S, S, 3) BGR, the face upright."""

    trust: float
    """In the face's place and in these pixels, [0, 1]."""

    eyes_readable: bool
    """Whether the eyes can be judged."""


class ExpressionReader:
    """The expression encoder with the heads it has, f_t = Phi_face(crop) of eq. 1."""

    def __init__(
        self,
        session: InferenceSession,
        *,
        input_px: int,
        margin: float = CROP_MARGIN,
        scratch: Scratch | None = None,
    ) -> None:
        """Take a session of ``expression_mobilevit`` or of its ``fatigue-only`` twin.

        Args:
            session: The encoder.
            input_px: Side of its input.
            margin: Side of the crop over the side of the face's square.
            scratch: Memory for pictures in between, best shared by all seats.
        """
        self._scratch = Scratch() if scratch is None else scratch
        self._session = session
        self._input_px = input_px
        self._margin = margin
        below_middle = (EYES_BELOW_TOP - 0.5) / margin
        self._eyes_xy = tuple(
            (0.5 + offset / margin, 0.5 + below_middle)
            for offset in (-EYES_APART / 2, EYES_APART / 2)
        )

    def read(self, image_bgr: UInt8Array, face: Face) -> ActionCues:
        """Cut the face out upright, judge the crop and run the encoder.

        Args:
            image_bgr: (H, W, 3) the picture that the face was found in.
            face: Where it is.

        Returns:
            Cues with the trust in the face's place and in its crop, whose pixels are gone when
            this returns. ``FaceCues`` from the full encoder; the twin has one head, the actions.
        """
        return self.encode(self.cut(image_bgr, face))

    def cut(self, image_bgr: UInt8Array, face: Face) -> FaceCrop:
        """Cut the face out upright and judge the crop; the first half of ``read``."""
        pixels = self._crop(image_bgr, face)
        quality = self._judge(pixels)
        return FaceCrop(
            # Its own memory: another thread may read it, after this one has cut the next.
            pixels=pixels.copy(),
            trust=face.trust * quality.trust,
            eyes_readable=face.eyes_readable and quality.eyes_readable,
        )

    def judge(self, image_bgr: UInt8Array, face: Face) -> CropQuality:
        """Return what the crop is worth by which ``cut`` trusts it, and keep none of it."""
        return self._judge(self._crop(image_bgr, face))

    def _judge(self, pixels: UInt8Array) -> CropQuality:
        return judge_crop(pixels[0], eyes_xy=self._eyes_xy, margin=self._margin)

    def _crop(self, image_bgr: UInt8Array, face: Face) -> UInt8Array:
        square = Square(
            centre_xy=face.square.centre_xy,
            side_px=face.square.side_px * self._margin,
            rotation_rad=face.square.rotation_rad,
        )
        to_picture = square.to_picture(input_px=self._input_px)
        return warp_square(
            image_bgr, to_picture, input_px=self._input_px, shrink=True, scratch=self._scratch
        )

    def encode(self, crop: FaceCrop) -> ActionCues:
        """Run the encoder; the second half of ``read``, on any thread."""
        outputs = self._session.infer({"face": crop.pixels})
        # Copies: the session may use its memory again in the next frame.
        actions = outputs["actions"][0].copy()
        if "affect" not in outputs:
            return ActionCues(actions=actions, trust=crop.trust, eyes_readable=crop.eyes_readable)
        valence, arousal = outputs["affect"][0].tolist()
        return FaceCues(
            projection=outputs["projection"][0].copy(),
            embedding=outputs["embedding"][0].copy(),
            expression=outputs["expression"][0].copy(),
            valence=valence,
            arousal=arousal,
            actions=actions,
            trust=crop.trust,
            eyes_readable=crop.eyes_readable,
        )
