"""MobileViT-XXS expression encoder: float ONNX, trained here, to three number formats.

What was tried for INT8, on the weights 1.0.5200 at 64 pixels, processor with VNNI; times are good
to 5 %. Extremes calibrated where no percentile is given; 440 faces, last three rows 1,750:

=====================================================  =========  ==========  ============
form                                                   agreement  cosine p5   time of f32
=====================================================  =========  ==========  ============
ONNX, convolutions and linear layers                       .973       .994         1.20
ONNX, convolutions                                         .970       .994         1.14
ONNX, convolutions, but those that read half the side      .986       .998         1.02
ONNX, the same, percentile 99.999                          .982       .998         1.01
OpenVINO, convolutions and linear layers, inputs only      .993       .997         1.02
OpenVINO, convolutions and residual additions              .991       .997          .83
OpenVINO, NNCF (transformer, performance preset)           .980       .993          .91
OpenVINO, convolutions and residual additions              .974       .996          .88
OpenVINO, the same, percentile 99.999                      .983       .998          .91
OpenVINO, the same, early layers float as well             .983       .998          .97
=====================================================  =========  ==========  ============

So extremes and early layers hurt most. Attention, softmax, norms, linear layers and heads stay
float: they gain nothing, and with AVX2 alone linear layers in eight bits take 1.15 of f32's time.
NNCF is no better than OpenVINO's reading of the QDQ graph, which needs no further package.
"""

from quantization.build.encoder.build import build_encoder
from quantization.build.options import BuildOptions

NAME = "expression_mobilevit"
HEADS = ("expression", "affect")


def build(options: BuildOptions) -> str:
    """Make, prove, choose; return one line about the result."""
    return build_encoder(NAME, options, heads=HEADS)
