"""Write sklearn_mlp.json: what scikit-learn's own MLPs learn, for the Rust tests to agree with.

Run with the scikit-learn version named in the file. Each case holds the parameters at the start,
the rows of the split, how many words the generator has given for both and for all, and everything
observable at the end.
"""

from __future__ import annotations

import json
import warnings
from pathlib import Path

import numpy as np
import sklearn
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.neural_network._multilayer_perceptron import _pack

SAMPLES, FEATURES, SEED = 41, 5, 3


def problems(rng: np.random.RandomState) -> dict:
    """Return inputs and the targets of every kind."""
    x = rng.standard_normal((SAMPLES, FEATURES))
    x[rng.uniform(size=x.shape) < 0.4] = 0.0  # sparse enough to be worth a CSR matrix
    signal = x @ rng.standard_normal((FEATURES, 3)) + 0.3 * rng.standard_normal((SAMPLES, 3))
    return {
        "x": x,
        "binary": (signal[:, 0] > 0).astype(int),
        "multiclass": signal.argmax(axis=1),
        "multilabel": (signal > 0).astype(int),
        "continuous": signal[:, 0],
        "continuous_2": signal[:, :2],
        "counts": rng.poisson(np.exp(0.5 * signal[:, 0])).astype(float),
        "weights": np.round(rng.uniform(0, 2, size=SAMPLES), 2),
    }


CASES = [
    ("binary", "adam", {"activation": "relu", "batch_size": 8}),
    ("binary", "sgd", {"activation": "tanh", "batch_size": 41, "learning_rate": "invscaling"}),
    (
        "multiclass",
        "adam",
        {"activation": "logistic", "batch_size": 10, "hidden_layer_sizes": (6, 3)},
    ),
    ("multiclass", "sgd", {"activation": "relu", "batch_size": 7, "nesterovs_momentum": False}),
    ("multilabel", "adam", {"activation": "tanh", "batch_size": 9, "alpha": 0.3}),
    ("continuous", "adam", {"activation": "identity", "batch_size": 8, "shuffle": False}),
    ("continuous", "sgd", {"activation": "relu", "learning_rate": "adaptive", "tol": 0.5}),
    ("continuous_2", "adam", {"activation": "relu", "batch_size": 16, "alpha": 1.0}),
    ("continuous_2", "sgd", {"activation": "tanh", "batch_size": 8, "momentum": 0.0}),
    ("counts", "adam", {"activation": "relu", "batch_size": 8}),
    ("multiclass", "adam", {"activation": "relu", "batch_size": 8, "weighted": True}),
    ("continuous", "sgd", {"activation": "tanh", "batch_size": 8, "weighted": True}),
    ("binary", "adam", {"batch_size": 8, "early_stopping": True, "n_iter_no_change": 3}),
    ("multilabel", "sgd", {"batch_size": 8, "early_stopping": True, "weighted": True}),
    ("continuous_2", "adam", {"batch_size": 8, "early_stopping": True, "weighted": True}),
]


def words_drawn(generator: np.random.RandomState) -> int:
    """Count the 32-bit words that a generator has given since it was seeded."""
    fresh, words = np.random.RandomState(SEED), 0
    _, key, position = generator.get_state()[:3]
    while (state := fresh.get_state())[2] != position or not np.array_equal(state[1], key):
        fresh.bytes(4)
        words += 1
    return words


class Recorder:
    """Remembers the parameters and the generator at the moment training begins."""

    def _fit_stochastic(self, *args):
        self.start_ = _pack(self.coefs_, self.intercepts_)
        probe = np.random.RandomState()
        probe.set_state(self._random_state.get_state())
        self.rows_ = None
        if self.early_stopping:
            y = args[1]
            stratify = y if isinstance(self, MLPClassifier) and self.n_outputs_ == 1 else None
            fraction = self.validation_fraction
            rows = np.arange(SAMPLES)
            self.rows_ = train_test_split(
                rows, random_state=probe, test_size=fraction, stratify=stratify
            )
        self.words_before_ = words_drawn(probe)
        super()._fit_stochastic(*args)


class Classifier(Recorder, MLPClassifier):
    """MLPClassifier that records."""


class Regressor(Recorder, MLPRegressor):
    """MLPRegressor that records."""


def run(data: dict, target: str, solver: str, options: dict) -> dict:
    """Fit one case and write down what it did."""
    settings = {
        "solver": solver,
        "hidden_layer_sizes": (4,),
        "max_iter": 20,
        "random_state": SEED,
        "learning_rate_init": 0.05,
    }
    settings |= {k: v for k, v in options.items() if k != "weighted"}
    if target in ("binary", "multiclass", "multilabel"):
        model = Classifier(**settings)
    else:
        loss = "poisson" if target == "counts" else "squared_error"
        model = Regressor(loss=loss, **settings)
    weights = data["weights"] if options.get("weighted") else None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.fit(data["x"], data[target], sample_weight=weights)
    best = model.early_stopping
    final = _pack(model.coefs_, model.intercepts_)
    settings["batch_size"] = options.get("batch_size", SAMPLES)
    return {
        "id": f"{target}-{solver}-" + "-".join(f"{k}={v}" for k, v in options.items()),
        "target": target,
        "weighted": weights is not None,
        "settings": settings,
        "output": model.out_activation_,
        "start": model.start_.tolist(),
        "rows": None if model.rows_ is None else [part.tolist() for part in model.rows_],
        "words_before": model.words_before_,
        "words_after": words_drawn(model._random_state),
        "best_params" if best else "params": final.tolist(),
        "epochs": model.n_iter_,
        "samples_seen": int(model.t_),
        "loss_curve": [float(v) for v in model.loss_curve_],
        "validation_scores": [float(v) for v in model.validation_scores_ or []],
        "no_improvement_count": model._no_improvement_count,
        "best": float(model.best_validation_score_ if best else model.best_loss_),
        "learning_rate": float(model._optimizer.learning_rate) if solver == "sgd" else None,
    }


def main() -> None:
    """Write the file, one case a line."""
    data = problems(np.random.RandomState(0))
    cases = [run(data, *case) for case in CASES]
    tables = {name: np.asarray(values).tolist() for name, values in data.items()}
    text = ",\n".join(json.dumps(case) for case in cases)
    head = json.dumps({"scikit-learn": sklearn.__version__, "data": tables})[:-1]
    path = Path(__file__).with_suffix(".json")
    path.write_text(f'{head}, "cases": [\n{text}\n]}}\n')


if __name__ == "__main__":
    main()
