"""Settings of a worker whose public address is the live server of the test that started it."""

import os

from tests.settings import *  # noqa: F403

PUBLIC_URL = os.environ["MLC_TEST_PUBLIC_URL"]
