import sys

from eas_local.daemon.main import main

sys.exit(main())
