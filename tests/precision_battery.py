"""Trainings and predictions with bf16 products, as hashes of the bits of the results.

Run as a program, it prints them for the environment that it was started in.
"""

from __future__ import annotations

import hashlib
import json
import warnings

import numpy as np

from thalweg import MLPClassifier, MLPRegressor

# Worked on row by row, and layer by layer, by several threads each; a single output; no hidden
# layer at all.
CASES = {
    "narrow": (MLPClassifier, {"hidden_layer_sizes": (256,), "activation": "tanh"}, 3),
    "wide": (MLPClassifier, {"hidden_layer_sizes": (400, 620)}, 3),
    "single": (MLPRegressor, {"hidden_layer_sizes": (130, 70), "activation": "logistic"}, 1),
    "linear": (MLPRegressor, {"hidden_layer_sizes": ()}, 2),
}


def data(outputs):
    rng = np.random.RandomState(0)
    X = rng.standard_normal((230, 64))
    return X, X[:, :outputs] + 0.1 * rng.standard_normal((230, outputs))


def battery():
    """Return the hashes by name."""
    results = {}
    for name, (cls, params, outputs) in CASES.items():
        X, Y = data(outputs)
        y = Y.argmax(axis=1) if cls is MLPClassifier else Y.squeeze()
        model = cls(**params, max_iter=2, random_state=0, precision="bfloat16")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model.fit(X, y)
        output = model.predict_proba(X) if cls is MLPClassifier else model.predict(X)
        parts = [*model.coefs_, *model.intercepts_, output, np.array(model.loss_curve_)]
        bits = b"".join(np.ascontiguousarray(part).tobytes() for part in parts)
        results[name] = hashlib.sha256(bits).hexdigest()
    return results


if __name__ == "__main__":
    print(json.dumps(battery()))
