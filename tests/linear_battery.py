"""Fitted linear models as text, for comparisons of bits between threads and CPU paths.

Run as a script it prints them.
"""

import json
import warnings

import numpy as np
from scipy import sparse

from thalweg import ElasticNet, LinearRegression, LogisticRegression, Ridge


def problem(dtype, classes, is_sparse):
    # Enough rows for several slabs, and for threads to be worth their while.
    rng = np.random.RandomState(0)
    X = rng.standard_normal((6000, 37)).astype(dtype)
    if is_sparse:
        X[rng.random_sample(X.shape) < 0.8] = 0
    z = X @ rng.standard_normal(37) + 0.3
    return (sparse.csr_matrix(X) if is_sparse else X), np.digitize(z, np.arange(classes - 1)), z


def models():
    yield LogisticRegression(max_iter=15)
    yield LogisticRegression(solver="sag", max_iter=2, random_state=0)
    yield LogisticRegression(solver="saga", l1_ratio=0.5, max_iter=2, random_state=0)
    yield Ridge()
    yield Ridge(solver="saga", max_iter=2, random_state=0, fit_intercept=False)
    yield LinearRegression()
    yield ElasticNet(alpha=0.1)


def battery():
    results = {}
    for dtype in (np.float64, np.float32):
        for is_sparse in (False, True):
            for classes in (2, 3):
                X, labels, z = problem(dtype, classes, is_sparse)
                weights = np.random.RandomState(1).random_sample(len(z))
                for model in models():
                    classifier = isinstance(model, LogisticRegression)
                    if classes == 3 and not classifier:
                        continue
                    with warnings.catch_warnings():
                        warnings.simplefilter("ignore")
                        model.fit(X, labels if classifier else z, sample_weight=weights)
                    parts = (model.coef_, model.intercept_)
                    key = f"{model} {np.dtype(dtype).name} {classes} {is_sparse}"
                    results[key] = [np.asarray(part).tobytes().hex() for part in parts]
    return results


if __name__ == "__main__":
    print(json.dumps(battery()))
