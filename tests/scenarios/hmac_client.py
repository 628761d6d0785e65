"""The signature of the vendor's prediction clients, as documented: an HMAC of the request, keyed by the token."""

import base64
import hmac
from hashlib import md5, sha1


def signed(token: str, path: str, body: bytes, date: str = "Fri, 20 Nov 2026 12:00:00 GMT") -> dict[str, str]:
    """The headers of a POST that these clients send."""
    kind = "application/octet-stream"
    digest = md5(body).hexdigest()
    text = "\n".join(("POST", digest, kind, date, path))
    signature = base64.b64encode(hmac.digest(token.encode(), text.encode(), sha1)).decode()
    return {"Authorization": f"EAS {signature}", "Content-MD5": digest, "Content-Type": kind, "Date": date}
