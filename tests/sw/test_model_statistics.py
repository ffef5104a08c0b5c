"""Batch statistics of one process; those of several are in test_train_parallel.py."""
import torch

from sw.model_statistics import BatchNorm, batch_statistics


def test_mean_variance_and_their_gradients():
    torch.manual_seed(2)
    x = (50 * torch.randn(5, 3, 4, 6, dtype=torch.float64) + 300).requires_grad_()
    mean, var, count = batch_statistics(x)
    assert count == 5 * 4 * 6
    torch.testing.assert_close(mean, x.mean((0, 2, 3)))
    torch.testing.assert_close(var, x.var((0, 2, 3), unbiased=False))
    assert torch.autograd.gradcheck(lambda x: batch_statistics(x)[:2], x)


def test_large_integers_of_little_variance():
    """Sums of squares in float32 would lose it."""
    x = 100_000 + torch.randint(0, 3, (64, 2, 4, 4), generator=torch.Generator().manual_seed(1))
    _, var, _ = batch_statistics(x.float())
    torch.testing.assert_close(var.double(), x.double().var((0, 2, 3), unbiased=False),
                               rtol=1e-5, atol=0)


def test_constant_channel_has_no_variance():
    mean, var, _ = batch_statistics(torch.full((2, 3, 2, 2), 7.0))
    assert (mean == 7).all() and (var == 0).all()


def test_one_process_normalises_as_torch_does():
    x = torch.randn(6, 4, 3, 3)
    assert torch.equal(BatchNorm(4).train()(x), torch.nn.BatchNorm2d(4).train()(x))
