"""Takes longer to import than a lane's patience lasts, as torch does on a cold disk."""

import time

time.sleep(2.6)
ANSWER = 42.0
