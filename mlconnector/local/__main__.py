"""What `./dev` calls once the environment stands: `python -m mlconnector.local run`."""

import errno
import os
import signal
import sys
from collections.abc import Sequence
from types import FrameType

from mlconnector.local import once, supervisor
from mlconnector.local.errors import LocalError
from mlconnector.local.services import default_home


def main(command: str, arguments: Sequence[str]) -> int:
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _leave)
    try:
        return _dispatch(command, arguments)
    except LocalError as error:
        supervisor.say(str(error))
    except OSError as error:
        if error.errno not in {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES}:
            raise
        supervisor.say(f"{os.strerror(error.errno)}: {error.filename or default_home()}.")
    except KeyboardInterrupt:
        return 130
    return 1


def _leave(number: int, _frame: FrameType | None) -> None:
    """End through every `finally`, so that servers stop and temporary folders go."""
    sys.exit(128 + number)


def _dispatch(command: str, arguments: Sequence[str]) -> int:
    match command:
        case "run":
            supervisor.run(default_home())
            return 0
        case "demo":
            return once.demo(arguments)
        case "bench":
            return once.bench(arguments)
        case "manage":
            return once.django(default_home(), arguments)
        case "sandbox":
            return once.django(default_home(), ["sandbox", *arguments])
        case "servers":
            return once.tests_on_installed_servers([item for item in arguments if item != "--"])
        case _:
            raise LocalError(f"There is no command {command!r}.")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
