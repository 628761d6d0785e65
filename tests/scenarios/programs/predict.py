"""A call by the vendor's prediction client: endpoint, service, token, body and kind of access in, the answer out."""

import sys

from eas_prediction import ENDPOINT_TYPE_DIRECT, PredictClient, PredictException, StringRequest

endpoint, service, token, body, access = sys.argv[1:]
client = PredictClient(endpoint, service)
client.set_token(token)
if access == "direct":
    client.set_endpoint_type(ENDPOINT_TYPE_DIRECT)
client.init()
try:
    print(client.predict(StringRequest(body)).response_data.decode())
except PredictException as error:
    print(error.code, error.message)
