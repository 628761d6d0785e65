"""Some rounds of random kills; `make chaos` has many more, with a new seed each time."""

from tests.chaos.storm import storm


def test_everything_comes_to_rest_after_random_kills_amid_random_changes():
    storm(rounds=3, seed=1)
