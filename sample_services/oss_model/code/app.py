"""A linear model out of a mounted bucket; each prediction is kept in another. Nothing but the standard library."""

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

MODEL = json.loads(Path("/mnt/model/model.json").read_text())
KEPT = Path("/mnt/output/predictions.jsonl")


def predict(features):
    return sum(weight * value for weight, value in zip(MODEL["weights"], features, strict=True)) + MODEL["bias"]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        features = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        answer = json.dumps({"prediction": predict(features)})
        with KEPT.open("a") as kept:
            print(json.dumps(features), answer, file=kept)
        self.reply(answer.encode())

    def reply(self, body):
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


if __name__ == "__main__":
    ThreadingHTTPServer(("0.0.0.0", 8000), Handler).serve_forever()
