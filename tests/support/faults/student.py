"""A box on which all is well, to be spoilt."""

from tests.support.scenes import Scene

SETTLE_S = 2.0
"""After which a camera delivers, a terminal has said hello and a first token is closed."""


def box_with_student(scene: Scene) -> int:
    """Run everything; return the broker's port."""
    port = scene.run_broker()
    scene.run_terminal(port)
    scene.run_box()
    scene.wait(SETTLE_S)
    return port
