"""Two messages over one websocket, with a pause in between: address, token and seconds in, what was answered out."""

import sys
import time

from websocket import create_connection

address, token, pause = sys.argv[1:]
connection = create_connection(address, header={"Authorization": token}, timeout=10)
for message in ("first", "second"):
    connection.send(message)
    print(connection.recv(), flush=True)
    time.sleep(float(pause))
connection.close()
