"""`python -m eas_local.gateway`"""

import sys

from eas_local.gateway.main import run

sys.exit(run(sys.argv[1:]))
