"""What the web server runs."""

import gc
import os
import sys

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "caudal.config.settings")
application = get_wsgi_application()

# A page makes thousands of short-lived objects and hardly a cycle: looked for every 700 of them, as Python does, that
# takes a tenth of each answer. What was loaded until here stays for good and is not looked at again.
gc.collect()
gc.freeze()
gc.set_threshold(50_000, 20, 50)
# A page asks the database every half millisecond or so, and another thread has its turn then: taking the turn from it
# in between, after 5 ms as Python does or sooner, only makes both wait longer.
sys.setswitchinterval(0.01)
