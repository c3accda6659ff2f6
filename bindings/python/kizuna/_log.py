"""What the library says beside results and errors goes to the logger "kizuna"."""

import logging

from . import _kizuna

_logger = logging.getLogger("kizuna")


def tell() -> None:
    """Passes on what has been said since the last time."""
    for level, line in _kizuna.take_log():
        _logger.log(level, "%s", line)
