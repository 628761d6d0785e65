"""Makes model/iris.joblib. Needs the packages of code/requirements.txt: a model is read by the version that wrote it."""

from pathlib import Path

import joblib
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

iris = load_iris()
model = make_pipeline(StandardScaler(), LogisticRegression())
model.fit(iris.data, [str(iris.target_names[kind]) for kind in iris.target])
joblib.dump(model, Path(__file__).parent / "model" / "iris.joblib", compress=True)
