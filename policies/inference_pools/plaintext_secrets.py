"""Finds secrets in plain text: by the formats their issuers gave them, and by the names they go by.

Formats of Azure's own keys are those of Microsoft's Security Utilities, with which the Azure CLI looks for secrets in
its own output: https://github.com/microsoft/security-utilities. Only its precise patterns are used; those for "any 32
bytes in base64" say too much. Formats that it lacks are below, each from its issuer's documentation.

Nothing here hands a value on: what is found is told as a kind, in words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple
from zlib import crc32

from inference_pools.placeholders import find_placeholders
from inference_pools.placeholders.patterns import certain_texts, pattern
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


class _Sign(NamedTuple):
    """What every value that a format is found in has for certain: most values lack it, and are looked at no further."""

    text: str
    """A text that `value.lower()` holds."""
    word: int = 0
    """So many characters without a slash among them."""


_SIGNS: Final = {
    0xA30CEDB6: _Sign("q~"),  # AadClientAppIdentifiableCredentials
    0xA026E69F: _Sign("", word=52),  # AdoLegacyPat
    0x183EF5F8: _Sign("apim"),  # AzureApimIdentifiableDirectManagementKey and its kin
    0x848FCD22: _Sign("+aba"),  # AzureBatchIdentifiableKey
    0x155F954D: _Sign("azca"),  # AzureCacheForRedisIdentifiableKey
    0xD4D36B04: _Sign("+acr"),  # AzureContainerRegistryIdentifiableKey
    0x219C561E: _Sign("acdb"),  # AzureCosmosDBIdentifiableKey
    0xBAFB1EA5: _Sign(".documents.azure.com"),  # AzureCosmosDBLegacyCredentials
    0x50BAE377: _Sign("dapi"),  # AzureDatabricksPat
    0xFB1964F1: _Sign("azeg"),  # AzureEventGridIdentifiableKey
    0xFFCE1002: _Sign("+aeh"),  # AzureEventHubIdentifiableKey
    0x021BFC94: _Sign("azfu"),  # AzureFunctionIdentifiableKey
    0xE3ED04AD: _Sign("aiot"),  # AzureIotDeviceIdentifiableKey and its kin
    0xE7695BDC: _Sign("+amc"),  # AzureMLWebServiceClassicIdentifiableKey
    0x6C8FDBE2: _Sign(".servicebus.windows"),  # AzureMessageLegacyCredentials
    0xD6769164: _Sign("+arm"),  # AzureRelayIdentifiableKey
    0x01EF5FC0: _Sign("azse"),  # AzureSearchIdentifiableAdminKey and its kin
    0x7682A830: _Sign("+asb"),  # AzureServiceBusIdentifiableKey
    0x88B2C9EE: _Sign("+ast"),  # AzureStorageAccountIdentifiableKey
    0x33011640: _Sign("=="),  # AzureStorageAccountLegacyCredentials
    0x9BBB15D0: _Sign("jqqj9"),  # CommonAnnotatedSecurityKey
    0x3BEA6797: _Sign(".e"),  # GenericJwt
    0x3158FEBC: _Sign("="),  # LooseSasSecret
    0x1CAA75DC: _Sign("npm_"),  # NpmAuthorKey
    0x5C0EA445: _Sign("oy2"),  # NuGetApiKey
    0x4CC40B68: _Sign("ibazcc"),  # Pkcs12CertificatePrivateKeyBundle
    0xF86DB080: _Sign("secret_scanning_ab85fc6f8d7638cf1c11da812da308d43_"),  # SecretScanningSampleToken
    0x33B800E2: _Sign("@"),  # UrlCredentials
}
"""The signs of the library's formats, by the checksum of flags and pattern: to parse them all takes milliseconds.

A format that is not here, or that a release of the library has changed, is parsed for its sign.
"""

_FORMATS: Final = tuple(
    (text, pattern(source), words)
    for text, source, words in (
        ("private key-----", r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----", "a private key"),
        ("gh", r"\bgh[pousr]_[A-Za-z0-9]{36,}", "a GitHub token"),
        ("github_pat_", r"\bgithub_pat_[A-Za-z0-9_]{36,}", "a GitHub token"),
        ("hf_", r"\bhf_[A-Za-z0-9]{30,}", "a Hugging Face token"),
        ("sk-", r"\bsk-(?:[a-z]{1,20}-){0,4}[A-Za-z0-9_]{20,}", "an API key of a model provider"),
        ("akia", r"\bAKIA[A-Z2-7]{16}\b", "an AWS access key"),
        ("asia", r"\bASIA[A-Z2-7]{16}\b", "an AWS access key"),
        ("@", r"[a-z][a-z0-9+.\-]{0,30}://[^/\s:@]*:[^/\s@]+@", "a password in a URL"),
        (
            "=",
            # Redis has commas: https://stackexchange.github.io/StackExchange.Redis/Configuration
            r"(?i)(?:^|[;,])\s*(?:password|pwd|accountkey|sharedaccesskey|sharedaccesssignature)\s*=\s*[^;,\s][^;\s]{3,}",
            "a connection string with its key",
        ),
        # The library's format of these asks for longer parts than short claims have. RFC 7519: each begins with `{"`.
        (
            ".eyj",
            r"\beyJ[A-Za-z0-9_\-]{8,8000}\.eyJ[A-Za-z0-9_\-]{8,}\.[A-Za-z0-9_\-]{16,}",
            "a JSON web token",
        ),
        # RFC 7617: base64 of `user:password`. Its colon shows in one of three ways in the four letters that it is in.
        # Few words of prose have these, and fewer a digit, too.
        (
            "asic",
            r"\b[Bb]asic\s+(?=[A-Za-z+/]*[0-9=])(?=[A-Za-z0-9+/]{7})(?:[A-Za-z0-9+/]{4}){0,60}?"
            r"(?:O[g-v][A-Za-z0-9+/][A-Za-z0-9+/=]|[A-Za-z0-9+/][DTjz][o-r][A-Za-z0-9+/]|[A-Za-z0-9+/]{2}[AEIMQUYcgkosw048]6)"
            r"(?:[A-Za-z0-9+/]{4}){0,120}(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?(?![A-Za-z0-9+/=\-_.])",
            "a user's name and password",
        ),
        # https://api.slack.com/concepts/token-types
        ("xox", r"\bxox[a-z]-\d[A-Za-z0-9\-]{18,}", "a Slack token"),
        ("xapp-", r"\bxapp-\d-[A-Z0-9]+-\d+-[a-z0-9]{20,}", "a Slack token"),
        # https://api.slack.com/messaging/webhooks: who knows the URL may post.
        (
            "hooks.slack.com/",
            r"\bhooks\.slack\.com/(?:services|workflows|triggers)/[A-Z0-9]+/[A-Z0-9]+/[A-Za-z0-9/]{20,}",
            "the URL of a Slack webhook",
        ),
        # https://docs.cloud.google.com/docs/authentication/api-keys
        ("aiza", r"\bAIza[A-Za-z0-9_\-]{35}(?![A-Za-z0-9_\-])", "a Google API key"),
        # https://docs.gitlab.com/security/tokens/#token-prefixes
        ("glpat-", r"\bglpat-[A-Za-z0-9_\-]{20,}", "a GitLab token"),
        ("gldt-", r"\bgldt-[A-Za-z0-9_\-]{20,}", "a GitLab token"),
    )
)
"""Formats of secrets that serving code is given, besides Azure's: patterns that say what they are by themselves.

Before each is a text that it certainly holds.
"""

_WORD: Final = pattern(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_ACCOUNTS: Final = (
    "db database sql mssql mysql postgres postgresql pg oracle mongo mongodb redis cassandra elastic rabbitmq amqp mqtt"
    " kafka smtp imap mail email ftp sftp ssh ldap user admin root service svc registry docker proxy http basic api"
).split()
_DUMMIES: Final = (
    # Emulators of Storage and Cosmos DB, the same for everybody:
    # https://learn.microsoft.com/azure/storage/common/storage-connect-azurite and /azure/cosmos-db/emulator
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==",
    "C2y6yDjf5/R+ob0N8A7Cgv30VRDJIWEHLM+4QDU5DE2nQ9nDuVTqobD4b8mGGyPMbIZnqyMsEcaGQy67XIw/Jw==",
)
"""Keys that are published and open nothing."""
_ENDINGS: Final = (
    *(
        "password passwd pwd passphrase secret token api-key access-key account-key storage-key secret-key"
        " private-key signing-key encryption-key subscription-key admin-key sas connection-string credential"
        " credentials access-token auth-token bearer-token refresh-token session-token api-token bot-token sas-token"
        " auth authorization"
    ).split(),
    *(f"{account}-{word}" for word in ("pass", "pwd") for account in _ACCOUNTS),
)
_SECRET_ENDINGS: Final = {ending.replace("-", ""): tuple(ending.split("-")) for ending in _ENDINGS}
"""How the name of a secret ends, its words run together: `HF_TOKEN` does, `TOKEN_URL`, `SECRET_NAME` do not.

Two words may be written as one. What tells nothing alone, as `pass` does, is here with what stands before it.
"""
_LONG_ENDINGS: Final = tuple(ending for ending in _SECRET_ENDINGS if len(ending) >= len("secret"))
"""Those that also end a word, as in `PGPASSWORD`: no other word ends so, as many do in `pass`, `sas` and `token`."""
_KEY_OWNERS: Final = (
    "openai aoai foundry cognitive speech vision translator language search cosmos cosmosdb cdb documentdb maps"
    " functions function iothub eventhub eventgrid servicebus signalr redis apim appconfig blob ml endpoint scoring"
    " anthropic claude cohere mistral gemini google groq deepseek openrouter together replicate huggingface hf pinecone"
    " qdrant weaviate milvus langchain langsmith langfuse wandb mlflow comet neptune datadog newrelic grafana sentry"
    " sendgrid twilio stripe github gitlab aws gcp azure service auth shared master primary secondary jwt hmac"
    " session fernet django flask symmetric webhook"
).split()
_OWNED_KEYS: Final = {f"{owner}key": (owner, "key") for owner in _KEY_OWNERS}
"""What a key is of that gives access, if it looks like one: a name with `key` is most often that of a field."""
_MADE_AT_RANDOM: Final = pattern(r"(?<![A-Za-z0-9])(?=[A-Za-z]*[0-9]+[A-Za-z]+[0-9])[A-Za-z0-9]{16,}")
"""In a key in hexadecimal or base64, and neither in names, which have shorter words, nor in GUIDs."""
_OF_A_TOKENIZER: Final = frozenset(
    "bos eos pad unk sep cls mask stop end start eot eom image audio video think tool begin first last next"
    " special fim".split()
)
"""What stands before `token` in the settings of language models: `EOS_TOKEN` is a piece of text."""
_NO_SECRET: Final = pattern(
    r"""(?ix)
    | true | false | yes | no | on | off | none | null | enabled | disabled | required | optional
    | (?:system|user)[-_\ ]?assigned | default | empty | n/?a | anonymous
    | (?:use[-_\ ]?)?(?:managed|workload)[-_\ ]?identity | (?:default|managed)[-_\ ]?(?:azure|identity)[-_\ ]?credential
    | (?:azure[-_\ ]?)?(?:ad|aad|entra(?:[-_\ ]?id)?)(?:[-_\ ]?token)?
    | un(?:used|needed|set|authenticated)
    | (?:no|not|none)[-_\ ]?(?:api[-_\ ]?)?(?:key|token|secret|password|auth)?
      [-_\ ]?(?:needed|used|required|necessary|applicable|set)?
    | sk-no-key-required | lm-studio | ollama          # what servers that ask for no key document in its place
    | @Microsoft\.KeyVault\(.*\)                        # a reference that App Service resolves
    | (?:https?|file)://[^\s@?]+                        # where something is, a Key Vault secret for one
    | secretref:[a-z0-9][a-z0-9.\-]*                    # a reference that Container Apps resolves, by the secret's name
    | kv-[a-z]+(?:-(?:[a-z]+|\d{1,4}))*                 # a key vault, as the Cloud Adoption Framework abbreviates it
    | </?[a-z_]{1,24}>                                 # a piece of text that a language model gives a meaning
    | <[|\uFF5C][^\s<>|\uFF5C]+[|\uFF5C]>                 # a piece of text that a language model gives a meaning
    | \[/?[A-Z_]+\]                                     # another
    | /[\w./\-]*                                        # a file that holds it
    | [\d.,]+
    """
)
"""Values of something that is called a secret and are none: a switch, or where the secret is."""
_CREDENTIALS: Final = pattern(
    r"(?i)\s*(?:(?:bearer|basic|token|apikey)\s+\S{6}.*|[^\s:/]+:(?!\d+\s*$)[^\s:/]{4}.*|[^\s/\d]*\d[^\s/a-z!@#$%^&*]*[a-z!@#$%^&*][^\s/]*)",
    re.DOTALL,
)
"""What goes under `AUTH` and is no way to authenticate, such as `oauth2` or `client-certificate`."""
_PAIRS: Final = pattern(r"\s*[A-Za-z][\w .]*=[^;]+(?:;\s*[A-Za-z][\w .]*=[^;]+)*(?:;\s*)?")
_SECRET_PARTS: Final = ("password", "pwd", "pass", "secret", "key", "token", "sas", "sig", "signature", "credential")
_NO_SECRET_PARTS: Final = frozenset({"instrumentationkey"})
"""An identifier, no key: https://learn.microsoft.com/azure/azure-monitor/app/connection-strings says so."""
_VAULTS: Final = ("keyvault", "akv", "kv")
_VAULT_SECRET_NAME: Final = pattern(r"[A-Za-z0-9\-]{1,127}")
"""What Key Vault takes: https://learn.microsoft.com/azure/key-vault/general/about-keys-secrets-certificates."""
_SHORTEST: Final = 6
_SHORTEST_OF_AZURE: Final = 32
"""No key of Azure's is as short, and a password in a URL is among the formats above, too."""


@lru_cache(maxsize=1024)  # a fleet repeats its tags and variables in every pool
def kind_of_secret(value: str, name: str | None = None) -> str | None:
    """What secret a text holds, in words; None when it seems to hold none.

    `name` is the name of the variable, property or tag whose value the text is.
    """
    for dummy in _DUMMIES:
        value = value.replace(dummy, "")
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
            named = next((name for name in (value.get("key"), value.get("name")) if isinstance(name, str)), None)
            waiting += [(named if key == "value" and named is not None else key, value[key]) for key in value]
        elif isinstance(value, list):
            waiting += [(name, item) for item in value]


def _by_format(value: str) -> Iterator[str]:
    """All that has the format of a secret, in the same order in every run; a placeholder in that form is none."""
    lowered = value.lower()
    formats = _azure_formats_met(value, lowered) if len(value) >= _SHORTEST_OF_AZURE else ()
    hits = (hit for known in formats for hit in known.get_detections(value))
    found = [(hit.start, hit.end, hit.id, hit.name) for hit in hits]
    for start, end, _, name in sorted(found):
        if not find_placeholders(value[start:end]):
            yield _words(name)
    for text, own, words in _FORMATS:
        if text in lowered and any(not find_placeholders(match[0]) for match in own.finditer(value)):
            yield words


def _azure_formats_met(value: str, lowered: str) -> Sequence[RegexPattern]:
    """The library's formats that a value has the signs of."""
    longest = max(map(len, value.split("/")))
    formats = _azure_formats_by_sign().items()
    return [known for (text, word), all_of_it in formats if word <= longest and text in lowered for known in all_of_it]


def _words(name: str) -> str:
    """`AzureContainerRegistryIdentifiableKey` as `a key of Azure Container Registry`."""
    if name in _IN_WORDS:
        return _IN_WORDS[name]
    service = [word for word in _WORD.findall(name) if word not in ("Identifiable", "Key")]
    return f"a key of {' '.join(service)}"


def _by_name(name: str, value: str) -> str | None:
    ending = _secret_ending(name)
    if ending is None or len(value) < _SHORTEST:
        return None
    if _is_no_secret(name, ending, value) or find_placeholders(value, key=name):
        return None
    return f"a value that is called {' '.join(ending)}"


def _is_no_secret(name: str, ending: tuple[str, ...], value: str) -> bool:
    """Whether a value is something else, for all that its name says."""
    if _NO_SECRET.fullmatch(value.strip()):
        return True
    is_random = _MADE_AT_RANDOM.search(value) is not None
    if ending in (("auth",), ("authorization",)):
        return _CREDENTIALS.fullmatch(value) is None
    if ending == ("connection", "string"):
        return not is_random and _has_no_secret_part(value)
    if ending == ("secret",):
        of_a_vault = "".join(_words_of(name)[:-1]).endswith(_VAULTS)
        return not is_random and of_a_vault and _VAULT_SECRET_NAME.fullmatch(value) is not None
    return "".join(ending) in _OWNED_KEYS and not is_random


def _has_no_secret_part(value: str) -> bool:
    """Whether a connection string leaves the secret to a managed identity, or has none at all."""
    if not _PAIRS.fullmatch(value):
        return False
    keys = (pair.partition("=")[0].strip().casefold() for pair in value.split(";"))
    return not any(key.endswith(_SECRET_PARTS) and key not in _NO_SECRET_PARTS for key in keys)


def _words_of(name: str) -> tuple[str, ...]:
    return tuple(word.casefold() for word in _WORD.findall(name) if not word.isdigit())


@lru_cache(maxsize=4096)
def _secret_ending(name: str) -> tuple[str, ...] | None:
    """The words at the end of a name that make it the name of a secret; None when it is none."""
    words = _words_of(name)
    if not words:
        return None
    # The shortest first: `ACCESS_TOKEN` is a token.
    ends = ["".join(words[-count:]) for count in range(1, min(len(words), 3) + 1)]
    run_on = (ending for ending in _LONG_ENDINGS if words[-1].endswith(ending))
    known = next((end for end in (*ends, *run_on) if end in _SECRET_ENDINGS), None)
    if known is None:
        return next((_OWNED_KEYS[end] for end in ends if end in _OWNED_KEYS), None)
    if known == "token" and not _OF_A_TOKENIZER.isdisjoint(words[-2:-1]):
        return None
    return _SECRET_ENDINGS[known]


@cache
def _azure_formats() -> frozenset[RegexPattern]:
    """The library's patterns. Its SecretMasker only adds a lock around them, and a deprecated call with each use."""
    from microsoft_security_utilities_secret_masker import load_regex_patterns_from_json_file

    return frozenset(pattern for file in _PATTERN_FILES for pattern in load_regex_patterns_from_json_file(file))


@cache
def _azure_formats_by_sign() -> Mapping[_Sign, Sequence[RegexPattern]]:
    """The same patterns by what every value with them has."""
    by_sign: dict[_Sign, list[RegexPattern]] = {}
    for known in _azure_formats():
        by_sign.setdefault(_sign_of(known.pattern, known.regex_flags), []).append(known)
    return by_sign


def _sign_of(source: str, flags: int) -> _Sign:
    sign = _SIGNS.get(crc32(f"{flags:d} {source}".encode()))
    return sign or _Sign(max(certain_texts(source, flags), key=len, default=""))
