"""What all tests of the community begin with."""

import pytest


@pytest.fixture(autouse=True)
def patience_of_the_code(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a busy machine the seconds would be over after which the code gives up or does without something.

    Who change the same thing at once are not refused before they had their turns, and timelines are asked however long
    Valkey takes.
    """
    for name in (
        "fourfold.ground.again.PATIENCE",
        "fourfold.ground.touched.PATIENCE",
        "fourfold.social.feeds.timelines.PATIENCE",
    ):
        monkeypatch.setattr(name, 50.0)
