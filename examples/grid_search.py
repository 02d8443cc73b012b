"""Search the learning rate and the weight decay of an optimizer, as any other parameter."""

from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from thalweg import MLPClassifier
from thalweg.optimizers import AdamW

X, y = load_breast_cancer(return_X_y=True)

model = Pipeline(
    [
        ("scale", StandardScaler()),
        ("mlp", MLPClassifier((32,), solver=AdamW(), max_iter=500, random_state=0)),
    ]
)
search = GridSearchCV(
    model,
    {
        "mlp__solver__lr": [1e-3, 3e-3, 1e-2],
        "mlp__solver__weight_decay": [0.0, 1e-2, 1e-1],
    },
    cv=3,
)
search.fit(X, y)

for parameters, score in zip(
    search.cv_results_["params"], search.cv_results_["mean_test_score"], strict=True
):
    print(f"{score:.4f}  {parameters}")
print(f"best: {search.best_params_}")
