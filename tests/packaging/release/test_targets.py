"""Which packages are built, and which wheels fit each."""

import pytest
from packaging.tags import cpython_tags
from release.targets import RELEASES, Target, chosen


def test_all_four_are_built_when_nothing_is_named() -> None:
    """Both releases on both processors, once each."""
    names = [target.name for target in chosen([])]

    assert sorted(names) == ["deb12_amd64", "deb12_arm64", "deb13_amd64", "deb13_arm64"]


@pytest.mark.parametrize(
    ("words", "names"),
    [
        (["deb12"], ["deb12_amd64", "deb12_arm64"]),
        (["arm64"], ["deb12_arm64", "deb13_arm64"]),
        (["arm64", "deb13"], ["deb13_arm64"]),
    ],
)
def test_what_is_named_narrows_it(words: list[str], names: list[str]) -> None:
    """A release, a processor or both, in any order."""
    assert [target.name for target in chosen(words)] == names


def test_an_unknown_word_is_refused_with_the_known_ones() -> None:
    """A slip does not build all four."""
    with pytest.raises(ValueError, match="deb11; known are deb12, deb13, amd64, arm64"):
        chosen(["deb11"])


def test_wheels_for_any_older_c_library_fit(target: Target) -> None:
    """A wheel for glibc 2.35, as OpenVINO's for ARM64, and one for 2.17 install on both."""
    tags = set(target.platform_tags())
    machine = {"amd64": "x86_64", "arm64": "aarch64"}[target.architecture]

    assert {f"manylinux_2_35_{machine}", f"manylinux_2_17_{machine}"} <= tags
    assert f"manylinux_2_{target.release.glibc + 1}_{machine}" not in tags


def test_no_wheel_of_another_processor_fits() -> None:
    """The tags of two processors have nothing in common."""
    arm, intel = (
        {str(tag) for tag in cpython_tags((3, 11), platforms=[*target.platform_tags()])}
        for target in chosen(["deb12"])
    )

    assert {tag for tag in arm & intel if not tag.endswith("-any")} == set()


def test_each_release_has_its_own_python() -> None:
    """Debian's Python of the release runs the box, so no two releases share a package."""
    assert {one.name: one.python for one in RELEASES.values()} == {
        "deb12": (3, 11),
        "deb13": (3, 13),
    }
