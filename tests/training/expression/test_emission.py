"""The emission is found again in data that was drawn from one."""

import numpy as np

from training.expression.emission import CUES, fit_emission


def test_load_and_covariances_are_found_again() -> None:
    """Load, person and frame noise are told apart."""
    rng = np.random.default_rng(1)
    load = rng.normal(size=(16, len(CUES)))
    faces = rng.normal(size=(20_000, len(CUES)))
    projection = faces @ load.T + rng.normal(scale=0.8, size=(20_000, 16))
    projection += rng.normal(scale=0.6, size=(20_000, 16))
    clips = []
    for _ in range(8):
        cues = rng.normal(size=(400, len(CUES)))
        noise = np.zeros((400, 16))
        for row in range(1, 400):
            noise[row] = 0.5 * noise[row - 1] + rng.normal(scale=0.6 * 0.75**0.5, size=16)
        clips.append((cues @ load.T + rng.normal(scale=0.8, size=16) + noise, cues))

    table = fit_emission(faces=(projection, faces), clips=clips)

    np.testing.assert_allclose(np.array(table["load"]), load, atol=0.05)
    np.testing.assert_allclose(
        np.diag(np.array(table["within_covariance"])).mean(), 0.36, atol=0.03
    )
    np.testing.assert_allclose(
        np.diag(np.array(table["between_covariance"])).mean(), 0.64, atol=0.05
    )
    np.testing.assert_allclose(np.array(table["within_autocorrelation"]), 0.5, atol=0.05)


def test_the_persons_covariance_is_one() -> None:
    """Where frames vary more than people, the difference still has no negative direction."""
    rng = np.random.default_rng(2)
    faces = (rng.normal(scale=0.1, size=(500, 16)), rng.normal(size=(500, len(CUES))))
    clips = [(rng.normal(size=(50, 16)), rng.normal(size=(50, len(CUES))))]

    table = fit_emission(faces=faces, clips=clips)

    assert np.linalg.eigvalsh(np.array(table["between_covariance"])).min() > 0
