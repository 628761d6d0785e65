"""The neighbour, reached on localhost: puts a text's embedding (how often each vowel occurs) into the shared folder."""

import json
from http.server import ThreadingHTTPServer

from sharing import Answering, file_of


class Embedder(Answering):
    def answer(self, text):
        embedding = [text.lower().count(vowel) for vowel in (b"a", b"e", b"i", b"o", b"u")]
        fresh = file_of(text).with_suffix(".new")
        fresh.write_text(json.dumps(embedding))
        fresh.rename(file_of(text))
        return {"written": True}


if __name__ == "__main__":
    ThreadingHTTPServer(("0.0.0.0", 8001), Embedder).serve_forever()
