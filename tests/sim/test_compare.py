import numpy as np
import pytest

from sim.compare import compare
from sw.contract.errors import SpikeplaneError


def outputs(seed=0, images=3):
    rng = np.random.default_rng(seed)
    return {
        "stem": rng.integers(2, size=(images, 2, 4, 3, 5), dtype=np.uint8),
        "residual": rng.integers(4, size=(images, 2, 4, 3, 5), dtype=np.uint8),
        "head": rng.integers(-100, 100, size=(images, 6)),
    }


def copies(arrays):
    return {name: array.copy() for name, array in arrays.items()}


def test_equal_outputs_have_no_difference():
    expected = outputs()
    result = compare(expected, copies(expected), levels={"residual": 3})
    assert result.first is None
    assert str(result) == "3 images, 720 spikes compared, 0 differences"
    assert [layer.name for layer in result.layers] == ["stem", "residual", "head"]
    assert [layer.shape for layer in result.layers] == [(4, 3, 5), (4, 3, 5), (6,)]
    assert result.layers[0].firing_rate == expected["stem"].mean()
    assert result.layers[1].firing_rate == pytest.approx(expected["residual"].mean() / 3, rel=1e-12)
    assert result.layers[2].firing_rate is None


def test_first_difference_follows_layers_then_images_steps_pixels_channels():
    expected = outputs()
    observed = copies(expected)
    observed["residual"][0, 0, 0, 0, 0] ^= 1
    observed["stem"][2, 1, 0, 0, 0] ^= 1
    observed["stem"][1, 1, 3, 2, 0] ^= 1  # same image and step, later pixel
    observed["stem"][1, 1, 3, 1, 4] ^= 1  # later channel of the pixel
    observed["stem"][1, 1, 2, 1, 4] ^= 1
    want = int(expected["stem"][1, 1, 2, 1, 4])
    result = compare(expected, observed, cycle=lambda layer, index: 1000 + sum(index))
    assert result.differences == 5
    assert [layer.differences for layer in result.layers] == [4, 1, 0]
    assert str(result.first) == ("stem: image 1, step 1, token 9 (y 1, x 4), channel 2: "
                                 f"expected {want}, got {1 - want}, cycle 1009")


def test_every_single_flip_is_found():
    expected = {"stem": outputs()["stem"][:1]}
    for index in np.ndindex(expected["stem"].shape):
        observed = copies(expected)
        observed["stem"][index] ^= 1
        first = compare(expected, observed).first
        assert (first.image, first.step, first.channel, first.y, first.x) == index


def test_logits_name_the_class():
    expected = outputs()
    observed = copies(expected)
    observed["head"][1, 4] += 7
    first = compare(expected, observed).first
    want = int(expected["head"][1, 4])
    assert str(first) == f"head: image 1, class 4: expected {want}, got {want + 7}"


def test_no_wrap_hides_a_difference():
    expected = {"head": np.array([[0]], np.int64)}
    assert compare(expected, {"head": np.array([[1 << 32]], np.int64)}).differences == 1


def test_batches_add_up_to_the_whole():
    expected = outputs(images=5)
    observed = copies(expected)
    observed["stem"][3, 0, 1, 2, 3] ^= 1
    parts = [compare({k: v[i:j] for k, v in expected.items()},
                     {k: v[i:j] for k, v in observed.items()}) for i, j in ((0, 2), (2, 4), (4, 5))]
    assert sum(parts[1:], parts[0]) == compare(expected, observed)


@pytest.mark.parametrize("change, message", [
    (lambda o: o.pop("stem"), "layer stem was not observed"),
    (lambda o: o.update(extra=o["stem"]), "layer extra was observed but is not expected"),
    (lambda o: o.update(stem=o["stem"][:1]), r"layer stem was observed as \(1, "),
], ids=["missing", "extra", "shape"])
def test_what_was_not_observed_cannot_pass(change, message):
    expected = outputs()
    observed = copies(expected)
    change(observed)
    with pytest.raises(SpikeplaneError, match=message):
        compare(expected, observed)


def test_nothing_to_compare_is_refused():
    with pytest.raises(SpikeplaneError, match="no layers"):
        compare({}, {})
