"""The twin without emotion heads: actions only, for the profile ``fatigue-only``.

What stays float and why: quantization/recipes/expression_mobilevit.py, whose trunk this is.
"""

from quantization.build.encoder.build import build_encoder
from quantization.build.options import BuildOptions

NAME = "expression_mobilevit_fatigue"


def build(options: BuildOptions) -> str:
    """Make, prove, choose; return one line about the result."""
    return build_encoder(NAME, options)
