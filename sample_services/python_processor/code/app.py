"""Two numbers in, their score by a tiny linear model out."""

import allspark


class MyProcessor(allspark.BaseProcessor):
    def initialize(self):
        """Called once, before the first request."""
        self.weights = (0.5, 2.0)
        self.bias = 1.0

    def pre_process(self, data: bytes) -> list[float]:
        return [float(word) for word in data.split()]

    def post_process(self, score: float) -> bytes:
        return str(score).encode()

    def process(self, data: bytes) -> tuple[bytes, int]:
        """Called for each request, by several threads at once: the body in, the answer and its status out."""
        try:
            x, y = self.pre_process(data)
        except ValueError:
            return b"two numbers, please, such as: 10 20\n", 400
        a, b = self.weights
        return self.post_process(a * x + b * y + self.bias), 200


if __name__ == "__main__":
    MyProcessor(worker_threads=10).run()
