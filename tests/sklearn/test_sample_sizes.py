from __future__ import annotations

import pytest
from sklearn.datasets import make_classification
from sklearn.dummy import DummyClassifier
from sklearn.neighbors import KNeighborsClassifier

from tunesmith import plots
from tunesmith.errors import UsageError
from tunesmith.sklearn import more_rows

DATA = make_classification(900, 8, n_informative=6, random_state=0)


def test_neighbours_want_more_rows_and_a_constant_does_not():
    found = more_rows(KNeighborsClassifier(3), *DATA, cv=4, scoring="accuracy", random_state=0)
    assert found.metric.name == "accuracy"
    assert found.sizes[-1] == 675
    assert found.means[-1] > found.means[0]
    assert found.helps
    assert len(found.train) == 5
    flat = more_rows(DummyClassifier(), *DATA, cv=4, scoring="accuracy", random_state=0)
    assert not flat.helps
    assert "twice as many" in plots.sample_sizes(found).title


def test_the_seed_decides():
    one, two = (more_rows(KNeighborsClassifier(3), *DATA, cv=3, sizes=3, random_state=1) for _ in range(2))
    assert one == two


def test_too_few_sizes_are_refused():
    with pytest.raises(UsageError, match="sizes=2"):
        more_rows(KNeighborsClassifier(), *DATA, sizes=2)
