"""Who is rendered."""

import pytest

from training.simulator.render.figure.identity import Namespace, draw_identity, rng_for

SEEDS = range(60)


def test_the_same_seed_gives_the_same_person() -> None:
    """An identity is a pure function of namespace, seed and person."""
    first = draw_identity(Namespace.CLIP, seed=3, person=1)

    assert draw_identity(Namespace.CLIP, seed=3, person=1) == first


def test_no_person_of_a_clip_is_a_person_of_training() -> None:
    """The namespaces share no face, whatever the seeds."""
    faces = {
        namespace: {
            draw_identity(namespace, seed=seed, person=person).phenotype
            for seed in SEEDS
            for person in (0, 1)
        }
        for namespace in Namespace
    }

    assert not faces[Namespace.TRAIN] & faces[Namespace.CLIP]
    assert {len(drawn) for drawn in faces.values()} == {2 * len(SEEDS)}


def test_the_namespace_enters_the_entropy() -> None:
    """Disjoint by construction: the generators differ before anything is drawn."""
    train = rng_for("identity", "train:1:0").integers(0, 2**62, 4)
    clip = rng_for("identity", "clip:1:0").integers(0, 2**62, 4)

    assert (train != clip).all()


@pytest.mark.parametrize("namespace", list(Namespace))
def test_everybody_is_an_adult(namespace: Namespace) -> None:
    """On anny's scale age runs from 0 (baby) over 1/3 (child) and 2/3 (young adult) to 1 (old)."""
    ages = [dict(draw_identity(namespace, seed=s, person=0).phenotype)["age"] for s in SEEDS]

    assert min(ages) > 0.6
    assert max(ages) < 0.8


def test_people_differ_in_skin_hair_and_shirt() -> None:
    """A set of people is not one person in many shirts."""
    people = [draw_identity(Namespace.TRAIN, seed=seed, person=0) for seed in SEEDS]

    reds = [person.skin_bgr[2] for person in people]
    assert min(reds) < 150
    assert max(reds) > 200
    assert len({person.hair_style for person in people}) == 4
    assert len({person.shirt_bgr for person in people}) == len(people)
