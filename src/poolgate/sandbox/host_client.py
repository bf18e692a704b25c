"""What an engine starts as its language host where the host is shared (`shared_host`): hands its output over and waits.

A script that imports the standard library alone, and little of that: an engine starts two of them for every stack.
`host_client.py SOCKET ARGUMENTS…` sends through the socket the descriptors of stdout and stderr with the length of a
text in four bytes, then the text: folder, number of arguments, arguments and variables, NUL between them. It is
answered with the line that a host prints first, its port, and ends with the host or the engine.
"""

import _signal  # type: ignore[import-not-found]  # of `signal`, which makes enumerations first
import _socket
import os
import select
import sys
from array import array

LENGTH = 4
SEPARATOR = b"\0"
_POLL_SECONDS = 0.5


def _main() -> int:
    _signal.signal(_signal.SIGINT, _signal.SIG_DFL)
    engine = os.getppid()
    arguments = [os.fsencode(word) for word in sys.argv[2:]]
    variables = [name + b"=" + value for name, value in os.environb.items()]
    folder = os.getcwdb()  # noqa: PTH109 - without pathlib
    text = SEPARATOR.join([folder, str(len(arguments)).encode(), *arguments, *variables])
    channel = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
    channel.connect(sys.argv[1])
    rights = (_socket.SOL_SOCKET, _socket.SCM_RIGHTS, array("i", [1, 2]))
    channel.sendmsg([len(text).to_bytes(LENGTH, "big")], [rights])
    channel.sendall(text)
    # The engine may be killed without a chance to say so; its child then gets another parent.
    while os.getppid() == engine:
        if not select.select([channel], [], [], _POLL_SECONDS)[0]:
            continue
        line = channel.recv(64)
        if not line:
            return 0
        os.write(1, line)
    return 0


if __name__ == "__main__":
    sys.exit(_main())
