"""Buckets and containers: what the stores of the three clouds have in common. Objects are read with obstore.

Why it is that library: docs/decisions/0020-buckets-are-read-with-obstore.md.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError, PreconditionError, UnauthenticatedError

from poolgate.backends import Content, Entry, GoneError, StoreError
from poolgate.backends.address import Address
from poolgate.backends.threads import meanwhile
from poolgate.errors import UsageError, without_credentials_within

if TYPE_CHECKING:
    from obstore import UpdateVersion

CONNECTS_WITHIN: Final = timedelta(seconds=10)
"""That a server is given to take a connection."""
GIVES_WITHIN: Final = timedelta(seconds=30)
"""And to go on with an answer that it has begun."""
ANSWERS_WITHIN: Final = timedelta(minutes=5)
"""A whole answer: 512 MiB at 14 Mbit/s."""
RETRIES: Final = 4
RETRIES_FOR: Final = timedelta(minutes=1)
_PAGE: Final = 1000
_NOT_THERE: Final = ".unfinished-none"
"""The name of no object. A server that heeds no conditions puts one there, which no history takes for an audit."""
_OF_NONE: Final[UpdateVersion] = {"e_tag": '"0"', "version": "1"}
"""The version of no object."""
_STATUS: Final = re.compile(r"status code: (\d{3})")
_SYSTEM_ERROR: Final = re.compile(r"\bOs \{\s+code: (\d{1,3}),")
"""As the library writes the cause of an error: no word of it is of a server."""
_CAUSES: Final = {
    '"dns error"': "its name is not known",
    "IncompleteMessage": "it ends the connection without an answer",
    "InvalidCertificate(": "its certificate is not trusted",
}
"""What the library writes of other causes, and what it means."""
_CODE: Final = re.compile(r"<Code>([A-Za-z]{1,60})</Code>")
_REASONS: Final = {
    401: "it asks for credentials",
    403: "these credentials may not",
    404: "there is none",
    429: "it is asked too often",
    503: "it is asked too often, or is not there",
}

Credentials: TypeAlias = Callable[[], Any]
"""Gives what obstore signs requests with, and is asked again when that has expired."""


class Objects:
    """The objects of one bucket or container, below a prefix."""

    def __init__(self, address: Address, store: Any) -> None:
        self.name = f"{address.scheme}://{address.bucket()}/{address.prefix()}".rstrip("/")
        self._prefix = address.prefix()
        self._store = store

    def list(self, prefix: str) -> Iterator[Entry]:
        """What lies below a prefix, page by page."""
        below = self._prefix + prefix
        try:
            pages = obstore.list(self._store, prefix=below or None, chunk_size=_PAGE)
            while page := meanwhile(lambda: next(pages, None)):
                for found in page:
                    if found["path"].startswith(below):
                        key = found["path"].removeprefix(self._prefix)
                        yield Entry(key, found["size"], found["last_modified"].timestamp(), version_in(found))
        except (BaseError, OSError) as error:
            raise StoreError(why(error)) from None

    def read(self, key: str, most: int) -> bytes:
        """The bytes of one object."""
        try:
            answer = obstore.get(self._store, self._prefix + key)
            if answer.meta["size"] > most:
                raise StoreError(f"is larger than {most // 1024**2} MiB")
            return Content.of(bytes(answer.bytes()), version_in(answer.meta))
        except FileNotFoundError:
            raise GoneError("is not there") from None
        except (BaseError, OSError) as error:
            raise StoreError(why(error)) from None

    def create(self, key: str, data: bytes) -> None:
        """Puts an object where there is none. The server sees to that, and to its being whole."""
        try:
            obstore.put(self._store, self._prefix + key, data, mode="create", use_multipart=False)
        except AlreadyExistsError:
            # A request that is sent again because its answer was lost finds what it put there itself.
            if not self._has(key, data):
                raise StoreError("there is another object of that name") from None
        except (BaseError, OSError) as error:
            raise StoreError(why(error)) from None

    def may_create(self) -> None:
        """Asks the server to replace an object that is not there: who may is told so, and others that they may not."""
        try:
            obstore.put(self._store, f"{self._prefix}{_NOT_THERE}", b"", mode=_OF_NONE, use_multipart=False)
        except PreconditionError as error:
            if "<Code>NoSuchBucket</Code>" in str(error):
                raise StoreError(why(error)) from None
        except (BaseError, OSError) as error:
            raise StoreError(why(error)) from None

    def _has(self, key: str, data: bytes) -> bool:
        try:
            return self.read(key, len(data)) == data
        except StoreError:
            return False


def version_in(meta: Mapping[str, Any]) -> str:
    """The version of an object, as a listing and an answer both have it: by its ETag, and by when it was written.

    A listing has parts of a second, and no id of a version, where an answer has it.
    """
    tag = (meta.get("e_tag") or "").removeprefix("W/").strip('"')
    return f"{tag}.{meta['size']}.{int(meta['last_modified'].timestamp())}" if tag else ""


def why(error: Exception) -> str:
    """What went wrong, in words of our own: what a library or a server says may quote what was sent."""
    text = str(error)
    if status := _STATUS.search(text):
        code = _CODE.search(text)
        reason = _REASONS.get(int(status[1]), "")
        told = ", ".join(part for part in (code[1] if code else "", reason) if part)
        return f"the server answers {status[1]}{f' ({told})' if told else ''}"
    if "invalid path" in text:
        return "an object has a name that no stack has, with an empty part or a dot for a part"
    if "TimedOut" in text or "timed out" in text:
        return "the server does not answer in time"
    if "error sending request" in text:
        cause = _cause(text)
        return f"the server cannot be reached{f' ({cause})' if cause else ''}"
    if isinstance(error, UnauthenticatedError):
        return "no credentials are to be had any more"
    return f"the answer cannot be read ({type(error).__name__})"


def _cause(text: str) -> str:
    if number := _SYSTEM_ERROR.search(text):
        return os.strerror(int(number[1]))
    return next((cause for sign, cause in _CAUSES.items() if sign in text), "")


def options(*, is_plain: bool) -> dict[str, Any]:
    """What every store is opened with; `is_plain` says that the address asks for http."""
    return {
        "client_options": {
            "connect_timeout": CONNECTS_WITHIN,
            "read_timeout": GIVES_WITHIN,
            "timeout": ANSWERS_WITHIN,
            "allow_http": is_plain,
            "user_agent": "poolgate",
        },
        "retry_config": {"max_retries": RETRIES, "retry_timeout": RETRIES_FOR},
    }


def credentials(address: Address, find: Credentials, where: str) -> Credentials:
    """The same, asked once: raises UsageError where there are none. `where` says where they are looked for."""
    try:
        first: Mapping[str, Any] | None = find()
    except Exception as error:  # each vendor's library has errors of its own
        said = without_credentials_within(str(error).partition("\n")[0])[:200]
        raise UsageError(f"there are no credentials for it: {said} ({where})", file=address.written) from None

    def give() -> Any:
        nonlocal first
        given, first = first, None
        return find() if given is None else given

    return give
