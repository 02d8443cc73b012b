"""Stop when the validation score stops rising, and draw both loss curves.

Usage: python early_stopping.py [picture.png]; needs matplotlib.
"""

import sys

from matplotlib.figure import Figure
from sklearn.datasets import load_digits

from thalweg import MLPClassifier

X, y = load_digits(return_X_y=True)
model = MLPClassifier(
    hidden_layer_sizes=(100,),
    learning_rate_init=3e-3,
    early_stopping=True,
    validation_fraction=0.2,
    n_iter_no_change=10,
    random_state=0,
)
model.fit(X / 16, y)
print(
    f"stopped after {model.n_iter_} epochs; "
    f"best validation accuracy {model.best_validation_score_:.3f}"
)

figure = Figure(layout="constrained")
axes = figure.subplots()
axes.plot(model.loss_curve_, label="train")
axes.plot(model.validation_loss_curve_, label="validation")
axes.set(xlabel="epoch", ylabel="log loss")
axes.legend()

picture = sys.argv[1] if len(sys.argv) > 1 else "early_stopping.png"
figure.savefig(picture)
print(f"loss curves: {picture}")
