"""Face crop to expression embedding and facial cues (MobileViT)."""

from appliance.domain.arrays import UInt8Array
from appliance.domain.observations import FaceCues
from appliance.perception.face import Face
from appliance.perception.preprocess import warp_square
from appliance.ports import InferenceSession


class ExpressionReader:
    """The expression encoder with all its heads, f_t = Phi_face(crop) of eq. 1."""

    def __init__(self, session: InferenceSession, *, input_px: int) -> None:
        """Take a session of ``expression_mobilevit`` and the side of its input."""
        self._session = session
        self._input_px = input_px

    def read(self, image_bgr: UInt8Array, face: Face) -> FaceCues:
        """Cut the face out upright and run the encoder.

        Args:
            image_bgr: (H, W, 3) the picture that the face was found in.
            face: Where it is.

        Returns:
            Cues with the face's trust; the crop is gone when this returns.
        """
        to_picture = face.square.to_picture(input_px=self._input_px)
        crop = warp_square(image_bgr, to_picture, input_px=self._input_px, shrink=True)
        outputs = self._session.infer({"face": crop})
        valence, arousal = outputs["affect"][0]
        return FaceCues(
            projection=outputs["projection"][0],
            embedding=outputs["embedding"][0],
            expression=outputs["expression"][0],
            valence=float(valence),
            arousal=float(arousal),
            actions=outputs["actions"][0],
            trust=face.trust,
            eyes_readable=face.eyes_readable,
        )
