"""As a processor."""

import allspark
from echo import process


class Echo(allspark.BaseProcessor):
    def initialize(self):
        pass

    def process(self, data):
        return process(data)


if __name__ == "__main__":
    Echo().run()
