"""What the heavy tests share: they run in `make test-deploy` only, with guide 1's .env."""

import os
import re

from support.case import shared_folder

# Guide 1's file; the guide itself is read where it lies beside the repository.
GUIDE_ENV = """\
      APP_PORT=80
      VPC_MIRROR_DEVICE="vx0"
      USAGE_LOGGERS_URL=http://localhost:4001/message
      USAGE_LOGGERS_RULES="include debug\\n"
"""


def load_tests(loader, tests, _):
    """No test at all but in the heavy run, `make test-deploy`."""
    return tests if os.environ.get("EARSHOT_DEPLOY") == "heavy" else loader.suiteClass()


def guide_env():
    """The .env of guide 1, as it is written there."""
    shared = shared_folder()
    guide = shared / "mission" / "guide-1-docker.txt" if shared else None
    if guide is None or not guide.exists():
        return GUIDE_ENV
    text = re.search(r"^ *APP_PORT=.*?^ *USAGE_LOGGERS_RULES=[^\n]*\n", guide.read_text(),
                     re.M | re.S)
    return re.sub(r"<[^>]*>", "", text.group(0))
