"""Which iris is it? A JSON list of flowers in, each with its four measures in cm; the name of each and how sure, out."""

import json

import allspark
import joblib


class Iris(allspark.BaseProcessor):
    def initialize(self):
        self.model = joblib.load(self.get_model_path())

    def process(self, data):
        try:
            sureness = self.model.predict_proba(json.loads(data))
        except (TypeError, ValueError) as error:
            return json.dumps({"error": str(error)}).encode(), 400
        answer = [{"iris": str(self.model.classes_[p.argmax()]), "probability": round(p.max(), 3)} for p in sureness]
        return json.dumps(answer).encode(), 200


if __name__ == "__main__":
    Iris().run()
