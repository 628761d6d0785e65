"""A websocket server that says every message again, with the path it was opened by."""

import os

from websockets.sync.server import serve


def chat(connection):
    for message in connection:
        connection.send(f"{connection.request.path} {message}")


if __name__ == "__main__":
    with serve(chat, "0.0.0.0", int(os.environ["LISTENING_PORT"])) as server:
        server.serve_forever()
