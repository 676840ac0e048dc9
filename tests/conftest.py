from pathlib import Path

import pytest

from cxmining import Tagger

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="session")
def tagger():
    return Tagger.load()


@pytest.fixture(scope="session")
def samples():
    return ROOT / "corpora" / "samples"
