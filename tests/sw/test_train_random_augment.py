"""RandAugment: its operations against Pillow's, geometry by hand, and the draws."""
import pytest
import torch
from PIL import Image, ImageEnhance, ImageOps

from sw import train_random_augment as kit
from sw.train_random_augment import OPERATIONS, random_augment

GENERATOR = torch.Generator().manual_seed(1)
# Dark, so that histogram and contrast have something to do.
IMAGES = torch.randint(20, 181, (6, 3, 12, 12), generator=GENERATOR).float()
SMALL = torch.randint(0, 17, (40, 2, 6, 8), generator=GENERATOR).float()


def by_pillow(function):
    images = [Image.fromarray(image.permute(1, 2, 0).byte().numpy()) for image in IMAGES]
    return torch.stack([torch.frombuffer(bytearray(function(image).tobytes()), dtype=torch.uint8)
                        .view(12, 12, 3).permute(2, 0, 1).float() for image in images])


def pixels(operation, strength, images=IMAGES, levels=255):
    changed = operation(images, torch.full((len(images),), float(strength)), levels)
    return changed.round().clamp(0, levels)


@pytest.mark.parametrize("strength", [-0.9, -0.3, 0.5, 0.9])
@pytest.mark.parametrize("operation, name", [
    (kit.colour, "Color"), (kit.contrast, "Contrast"), (kit.brightness, "Brightness"),
    (kit.sharpness, "Sharpness")])
def test_enhancements_are_those_of_pillow(operation, name, strength):
    """But for its roundings: it computes in bytes."""
    want = by_pillow(lambda image: getattr(ImageEnhance, name)(image).enhance(1 + 0.9 * strength))
    assert (pixels(operation, strength) - want).abs().max() <= 2


@pytest.mark.parametrize("operation, strength, function, slack", [
    (kit.invert, 0.5, ImageOps.invert, 0),
    (kit.equalize, 0.5, ImageOps.equalize, 0),
    (kit.stretch, 0.5, ImageOps.autocontrast, 1),
    (kit.posterize, 0.9, lambda image: ImageOps.posterize(image, 1), 0),
    (kit.posterize, -0.3, lambda image: ImageOps.posterize(image, 3), 0),
    (kit.solarize, 0.5, lambda image: ImageOps.solarize(image, 128), 0),
    (kit.solarize, -0.75, lambda image: ImageOps.solarize(image, 64), 0),
])
def test_operations_are_those_of_pillow(operation, strength, function, slack):
    assert (pixels(operation, strength) - by_pillow(function)).abs().max() <= slack


def test_geometry():
    assert torch.equal(pixels(kit.rotate, 3), torch.rot90(IMAGES, 1, (2, 3)))  # 90 degrees
    assert torch.equal(pixels(kit.rotate, -3), torch.rot90(IMAGES, -1, (2, 3)))
    moved = torch.zeros_like(IMAGES)
    moved[:, :, :, :-3] = IMAGES[:, :, :, 3:]
    assert torch.equal(pixels(kit.move_x, 3 / (0.45 * 12)), moved)
    assert torch.equal(pixels(kit.move_y, 3 / (0.45 * 12), IMAGES.mT), moved.mT)
    # A shear of 0.3 times 2 / 3: a row moves by a fifth of its distance from the middle one.
    square = torch.randint(0, 256, (2, 3, 21, 21), generator=GENERATOR).float()
    sheared = pixels(kit.shear_x, 2 / 3, square)
    assert torch.equal(sheared[:, :, 10], square[:, :, 10])
    assert torch.equal(sheared[:, :, 20, :19], square[:, :, 20, 2:])
    assert torch.equal(sheared[:, :, 5, 1:], square[:, :, 5, :20])
    assert (pixels(kit.shear_y, 2 / 3, square.mT) - sheared.mT).abs().max() <= 1
    assert torch.equal(pixels(kit.shear_x, 0), IMAGES)


def test_lighten_adds_to_the_darker_half():
    lighter = pixels(kit.lighten, -0.5)
    assert torch.equal(lighter, torch.where(IMAGES < 128, IMAGES + 55, IMAGES))


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda function: function.__name__)
def test_images_of_other_pixels_and_constant_images(operation):
    """17 levels, two channels, not square; and nothing divides by the range of a constant one."""
    strength = torch.linspace(-1, 1, len(SMALL))
    for images in (SMALL, torch.zeros_like(SMALL), torch.full_like(SMALL, 16)):
        changed = operation(images, strength, 16)
        assert changed.shape == images.shape and changed.isfinite().all()
        # Pictures arrive with their channels last.
        last = operation(images.to(memory_format=torch.channels_last), strength, 16)
        torch.testing.assert_close(last, changed)


def test_draws_follow_the_generator_and_half_of_them_change_nothing():
    def augmented(seed, **numbers):
        fields = {"operations": 1, "magnitude": 9.0, "deviation": 0.5} | numbers
        return random_augment(many, 16, torch.Generator().manual_seed(seed), **fields)

    many = SMALL.repeat(10, 1, 1, 1)
    once, again, other = (augmented(seed) for seed in (1, 1, 2))
    assert torch.equal(once, again) and not torch.equal(once, other)
    assert torch.equal(once, once.round()) and 0 <= once.min() and once.max() <= 16
    same = (once == many).flatten(1).all(1).float().mean()
    assert 0.4 < same < 0.65
    assert (augmented(1, operations=3) == many).flatten(1).all(1).float().mean() < same / 2
    assert torch.equal(augmented(1, operations=0), many)


def test_neighbours_do_not_matter():
    """An image is changed the same whatever images are beside it."""
    numbers = {"operations": 2, "magnitude": 6.0, "deviation": 1.0}
    alone = random_augment(SMALL, 16, torch.Generator().manual_seed(4), **numbers)
    mixed = SMALL.clone()
    mixed[1:] = 16 - mixed[1:]
    got = random_augment(mixed, 16, torch.Generator().manual_seed(4), **numbers)
    assert torch.equal(got[0], alone[0])
