"""What tests of trainings share."""
import pytest


class Killed(Exception):
    """A training was ended between two batches."""


@pytest.fixture
def killed(monkeypatch):
    """``killed(training, after)`` ends the training at that step, having saved before each."""
    from sw import train_run

    def kill(training, after: int) -> None:
        step, left = train_run.Run.step, after

        def limited(self, *arguments):
            nonlocal left
            left -= 1
            if left < 0:
                raise Killed
            return step(self, *arguments)

        monkeypatch.setattr(train_run, "SAVE_SECONDS", 0.0)
        with monkeypatch.context() as patch:
            patch.setattr(train_run.Run, "step", limited)
            with pytest.raises(Killed):
                training()

    return kill
