"""`python -m eas_local.sidecar`"""

import sys

from eas_local.sidecar.main import run

sys.exit(run(sys.argv[1:]))
