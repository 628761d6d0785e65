"""Whatever is asked for and whatever breaks: in the end every service is what was asked for last.

More series, and longer ones: `pytest tests/model --hypothesis-profile=long --timeout=3600`.
"""

import pytest

from tests.model.conftest import asked_for
from tests.model.series import Series


@pytest.mark.timeout(60)  # a few seconds, where nothing else runs on the machine
class TestAnySeriesEndsInWhatWasAskedForLast(Series.TestCase):
    settings = asked_for(max_examples=20, stateful_step_count=12)
