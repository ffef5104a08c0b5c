"""Augmentation: pixels stay pixels, each operation does what it says, and follows its generator."""
import pytest
import torch

from sw.recipe import Recipe
from sw.train_augment import augment, mix

IMAGES = torch.randint(0, 17, (64, 2, 8, 6), generator=torch.Generator().manual_seed(1)).float()
FIELDS = [{"shift": 1.0}, {"rotate": 10.0}, {"scale": 0.1}, {"noise": 0.1}, {"crop": 2},
          {"flip": True}, {"erase": 0.9}, {"random_augment": (2, 9, 0.5)}]


def recipe(**fields):
    return Recipe(dataset="digits", epochs=1, **fields)


def changed(seed=0, images=IMAGES, **fields):
    return augment(images, 16, torch.Generator().manual_seed(seed), recipe(**fields))


def test_nothing_is_the_identity():
    assert torch.equal(changed(), IMAGES)


@pytest.mark.parametrize("fields", FIELDS, ids=lambda fields: next(iter(fields)))
def test_gives_pixels_and_follows_its_generator(fields):
    a, b, c = (changed(seed, **fields) for seed in (1, 1, 2))
    assert torch.equal(a, b) and not torch.equal(a, c) and not torch.equal(a, IMAGES)
    assert torch.equal(a, a.round()) and 0 <= a.min() and a.max() <= 16


def test_flip_mirrors_half_of_the_images():
    flipped = changed(flip=True)
    same = (flipped == IMAGES).flatten(1).all(1)
    assert torch.equal(flipped[~same], IMAGES[~same].flip(-1))
    assert 20 <= same.sum() <= 44


def test_crop_shifts_by_whole_pixels_and_fills_with_zeros():
    cropped, shifts = changed(crop=1), set()
    padded = torch.nn.functional.pad(IMAGES, (1,) * 4)
    for image, source in zip(cropped, padded, strict=True):
        places = [(y, x) for y in range(3) for x in range(3)
                  if torch.equal(image, source[:, y:y + 8, x:x + 6])]
        assert len(places) == 1
        shifts |= set(places)
    assert len(shifts) == 9


def test_erase_fills_a_rectangle_with_one_value_per_channel():
    erased = changed(erase=0.999)
    differs = (erased != IMAGES)
    for image, where in zip(erased, differs.any(1), strict=True):
        rows, columns = where.any(1).nonzero(), where.any(0).nonzero()
        if len(rows):
            box = image[:, rows.min():rows.max() + 1, columns.min():columns.max() + 1]
            assert (box == box[:, :1, :1]).all()
    assert 0.02 < differs.any(1).float().mean() < 0.2


@pytest.mark.parametrize("kind", ["mixup", "cutmix"])
def test_mixes_images_and_targets_alike(kind):
    """Image k is k everywhere, and class k: each mixed image tells of what it is made."""
    images = 100 * torch.arange(8.0)[:, None, None, None].expand(8, 1, 8, 8)
    for seed in range(20):
        mixed, targets = mix(images, torch.eye(8), torch.Generator().manual_seed(seed),
                             recipe(**{kind: 1.0}))
        assert torch.allclose(targets.sum(1), torch.ones(8))
        expected = (targets * images[:, 0, 0, 0]).sum(1)
        assert torch.allclose(mixed.mean((1, 2, 3)), expected, atol=0.51)
        if kind == "cutmix":
            assert set(mixed.unique().tolist()) <= set(range(0, 800, 100))


def test_no_mix_is_the_identity():
    targets = torch.eye(10)[torch.arange(64) % 10]
    images, same = mix(IMAGES, targets, torch.Generator(), recipe())
    assert images is IMAGES and same is targets


def test_shares_follow_the_beta_distribution():
    """Beta(a, a) has mean 1/2 and variance 1 / (4 (2 a + 1))."""
    generator = torch.Generator().manual_seed(3)
    targets = torch.eye(2)
    shares = []
    for _ in range(3000):
        _, mixed = mix(torch.zeros(2, 1, 1, 1), targets, generator, recipe(mixup=0.5))
        if mixed[0, 1] > 0:  # the order may be the identity
            shares.append(float(mixed[0, 0]))
    values = torch.tensor(shares)
    assert abs(values.mean() - 0.5) < 0.04 and abs(values.var() - 1 / 8) < 0.02
