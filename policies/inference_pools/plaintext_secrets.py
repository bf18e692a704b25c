"""Finds secrets in plain text: by the formats their issuers gave them, and by the names they go by.

Formats of Azure's own keys are those of Microsoft's Security Utilities, with which the Azure CLI looks for secrets in
its own output: https://github.com/microsoft/security-utilities. Only its precise patterns are used; those for "any 32
bytes in base64" say too much. Formats that it lacks are below, each from its issuer's documentation.

Nothing here hands a value on: what is found is told as a kind, in words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Final

from inference_pools.placeholders import find_placeholders
from inference_pools.placeholders.patterns import certain_text
from inference_pools.values import Json, is_secret

if TYPE_CHECKING:
    from microsoft_security_utilities_secret_masker import RegexPattern

_PATTERN_FILES: Final = ("PreciselyClassifiedSecurityKeys.json", "MediumConfidenceSecurityModels.json")
_IN_WORDS: Final = {
    "LooseSasSecret": "a shared access signature",
    "GenericJwt": "a JSON web token",
    "UrlCredentials": "a password in a URL",
    "AadClientAppIdentifiableCredentials": "a client secret of an Entra ID application",
    "AdoLegacyPat": "an Azure DevOps access token",
    "AzureDatabricksPat": "an Azure Databricks access token",
    "AzureMessageLegacyCredentials": "a key of a Service Bus, Event Hubs or Relay namespace",
    "AzureStorageAccountLegacyCredentials": "a key of a storage account",
    "AzureStorageAccountIdentifiableKey": "a key of a storage account",
    "AzureCosmosDBLegacyCredentials": "a key of a Cosmos DB account",
    "CommonAnnotatedSecurityKey": "a Microsoft service's key",
    "NpmAuthorKey": "an npm access token",
    "NuGetApiKey": "a NuGet API key",
    "Pkcs12CertificatePrivateKeyBundle": "a private key",
}
"""What Microsoft's names of formats mean; the others name a service and end in Key."""

_FORMATS: Final = tuple(
    (certain_text(pattern), re.compile(pattern), words)
    for pattern, words in (
        (r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----", "a private key"),
        (r"\b(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{36,})", "a GitHub token"),
        (r"\bhf_[A-Za-z0-9]{30,}", "a Hugging Face token"),
        (r"\bsk-(?:[a-z]+-)*[A-Za-z0-9_]{20,}", "an API key of a model provider"),
        (r"\b(?:AKIA|ASIA)[A-Z2-7]{16}\b", "an AWS access key"),
        (r"[a-z][a-z0-9+.\-]*://[^/\s:@]*:[^/\s@]+@", "a password in a URL"),
        (
            r"(?i)(?:^|;)\s*(?:password|pwd|accountkey|sharedaccesskey|sharedaccesssignature)\s*=\s*[^;\s]{4,}",
            "a connection string with its key",
        ),
    )
)
"""Formats of secrets that serving code is given, besides Azure's: patterns that say what they are by themselves.

Before each is the text that it certainly holds: most values lack all of them, and are looked at no further.
"""

_WORD: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_SECRET_ENDINGS: Final = (
    ("password",),
    ("passwd",),
    ("pwd",),
    ("passphrase",),
    ("secret",),
    ("token",),
    ("apikey",),
    ("api", "key"),
    ("access", "key"),
    ("account", "key"),
    ("storage", "key"),
    ("secret", "key"),
    ("private", "key"),
    ("signing", "key"),
    ("encryption", "key"),
    ("subscription", "key"),
    ("admin", "key"),
    ("sas",),
    ("connection", "string"),
    ("connectionstring",),
    ("credential",),
    ("credentials",),
)
"""How the name of a secret ends: `HF_TOKEN` does, `TOKEN_URL`, `SECRET_NAME` and `MAX_TOKENS` do not."""
_OF_A_TOKENIZER: Final = frozenset(
    "bos eos pad unk sep cls mask stop end start eot eom image audio video think tool begin first last next".split()
)
"""What stands before `token` in the settings of language models: `EOS_TOKEN` is a piece of text."""
_NO_SECRET: Final = re.compile(
    r"""(?ix)
    | true | false | yes | no | on | off | none | null | enabled | disabled | required | optional
    | (?:system|user)-?assigned | managed-?identity | default
    | @Microsoft\.KeyVault\(.*\)                        # a reference that App Service resolves
    | (?:https?://)[^\s@?]+                             # where something is, a Key Vault secret for one
    | /[\w./\-]*                                        # a file that holds it
    | [\d.,]+
    """
)
"""Values of something that is called a secret and are none: a switch, or where the secret is."""
_SHORTEST: Final = 6
_SHORTEST_OF_AZURE: Final = 32
"""No key of Azure's is as short, and a password in a URL is among the formats above, too."""


@lru_cache(maxsize=4096)  # a fleet repeats its tags and variables in every pool
def kind_of_secret(value: str, name: str | None = None) -> str | None:
    """What secret a text holds, in words; None when it seems to hold none.

    `name` is the name of the variable, property or tag whose value the text is.
    """
    return next(_by_format(value), None) or (_by_name(name, value) if name else None)


def secrets_in(tree: Json) -> Iterator[str]:
    """Every text in a tree that holds a secret, whatever is marked as one left out: what no message may repeat."""
    waiting: list[tuple[str | None, Json]] = [(None, tree)]
    while waiting:
        name, value = waiting.pop()
        if isinstance(value, str):
            if kind_of_secret(value, name):
                yield value
        elif isinstance(value, dict) and not is_secret(value):
            # Variables may be a list of pairs, each of which names its value.
            named = value.get("key")
            waiting += [(named if key == "value" and isinstance(named, str) else key, value[key]) for key in value]
        elif isinstance(value, list):
            waiting += [(name, item) for item in value]


def _by_format(value: str) -> Iterator[str]:
    """All that has the format of a secret, in the same order in every run; a placeholder in that form is none."""
    lowered = value.lower()
    formats = _azure_formats_by_text() if len(value) >= _SHORTEST_OF_AZURE else ()
    hits = (hit for text, pattern in formats if text in lowered for hit in pattern.get_detections(value))
    found = [(hit.start, hit.end, hit.id, hit.name) for hit in hits]
    for start, end, _, name in sorted(found):
        if not find_placeholders(value[start:end]):
            yield _words(name)
    for text, pattern, words in _FORMATS:
        if text in lowered and any(not find_placeholders(match[0]) for match in pattern.finditer(value)):
            yield words


def _words(name: str) -> str:
    """`AzureContainerRegistryIdentifiableKey` as `a key of Azure Container Registry`."""
    if name in _IN_WORDS:
        return _IN_WORDS[name]
    service = [word for word in _WORD.findall(name) if word not in ("Identifiable", "Key")]
    return f"a key of {' '.join(service)}"


def _by_name(name: str, value: str) -> str | None:
    words = tuple(word.casefold() for word in _WORD.findall(name) if not word.isdigit())
    ending = next((ending for ending in _SECRET_ENDINGS if words[-len(ending) :] == ending), None)
    if ending is None or (ending == ("token",) and not _OF_A_TOKENIZER.isdisjoint(words[-2:-1])):
        return None
    if len(value) < _SHORTEST or _NO_SECRET.fullmatch(value.strip()) or find_placeholders(value, key=name):
        return None
    return f"a value that is called {' '.join(ending)}"


@cache
def _azure_formats() -> frozenset[RegexPattern]:
    """The library's patterns. Its SecretMasker only adds a lock around them, and a deprecated call with each use."""
    from microsoft_security_utilities_secret_masker import load_regex_patterns_from_json_file

    return frozenset(pattern for file in _PATTERN_FILES for pattern in load_regex_patterns_from_json_file(file))


@cache
def _azure_formats_by_text() -> Sequence[tuple[str, RegexPattern]]:
    """The same patterns, each with the text that it certainly holds."""
    return [(certain_text(pattern.pattern, pattern.regex_flags), pattern) for pattern in _azure_formats()]
