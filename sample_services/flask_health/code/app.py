"""A prediction server with a health check: GET / answers the probe, POST / predicts."""

from flask import Flask, jsonify, request

app = Flask(__name__)


@app.get("/")
def healthy():
    return "ok"


@app.post("/")
def predict():
    features = request.get_json()
    return jsonify(score=sum(features) / len(features))


if __name__ == "__main__":
    # Not 127.0.0.1: the probe comes to the instance's own address, in the cloud as here.
    app.run(host="0.0.0.0", port=8000)
