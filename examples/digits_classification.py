"""Classify handwritten digits, in a pipeline, and save and load the model."""

import pickle

from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from thalweg import MLPClassifier

X, y = load_digits(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, stratify=y, random_state=0)

model = make_pipeline(
    StandardScaler(),
    MLPClassifier(hidden_layer_sizes=(64, 64), early_stopping=True, random_state=0),
)
model.fit(X_train, y_train)
print(f"{model[-1].n_iter_} epochs, test accuracy {model.score(X_test, y_test):.3f}")

# Fitted attributes are plain NumPy arrays, so pickle and joblib need nothing special.
loaded = pickle.loads(pickle.dumps(model))
assert (loaded.predict(X_test) == model.predict(X_test)).all()

probabilities = loaded.predict_proba(X_test[:1])[0]
print(f"the first test image is a {y_test[0]}; P({y_test[0]}) = {probabilities[y_test[0]]:.3f}")
