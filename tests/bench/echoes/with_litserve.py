"""Behind LitServe: `python with_litserve.py PORT`. With the queue that it calls fast, and bytes instead of JSON."""

import sys
from typing import Annotated

from echo import process
from fastapi import Depends, Request, Response
from litserve import LitAPI, LitServer


async def body(request: Request) -> bytes:
    return await request.body()


class Echo(LitAPI):
    def setup(self, device):
        pass

    def decode_request(self, request: Annotated[bytes, Depends(body)]):
        return request

    def predict(self, data):
        return process(data)

    def encode_response(self, output) -> Response:
        data, status = output
        return Response(data, status, media_type="text/html")


if __name__ == "__main__":
    server = LitServer(Echo(), accelerator="cpu", fast_queue=True)
    server.run(port=int(sys.argv[1]), log_level="warning", generate_client_file=False)
