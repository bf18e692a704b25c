"""The secrets in here are made up, and put together at run time: no scanner should find one in this file."""

from __future__ import annotations

import itertools
import re

import pytest
from hypothesis import given, settings
from hypothesis.strategies import from_regex

from inference_pools import plaintext_secrets
from inference_pools.model import Resource
from inference_pools.placeholders.patterns import certain_texts
from inference_pools.plaintext_secrets import (
    _FORMATS,
    _SIGNS,
    _azure_formats,
    _azure_formats_by_sign,
    _Sign,
    _sign_of,
    _words,
    kind_of_secret,
    secrets_in,
)
from inference_pools.policy_config import default_settings
from inference_pools.rules.no_plaintext_secret import no_plaintext_secret
from inference_pools.runner import judge
from inference_pools.values import SECRET_SIGNATURE, SIGNATURE_KEY, Json

NOISE = "".join(itertools.islice(itertools.cycle("aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0dF"), 200))
BY_FORMAT = {
    "a key of a storage account": f"DefaultEndpointsProtocol=https;AccountName=contoso;AccountKey={NOISE[:86]}==",
    "a shared access signature": f"https://contoso.blob.core.windows.net/m?sv=2022-11-02&sp=rl&sig={NOISE[:43]}%3D",
    "a key of a Service Bus, Event Hubs or Relay namespace": "Endpoint=sb://contoso.servicebus.windows.net/;"
    f"SharedAccessKeyName=Root;SharedAccessKey={NOISE[:43]}=",
    "a key of Azure Container Registry": f"{NOISE[:42]}+ACRA{NOISE[:5]}",
    "a client secret of an Entra ID application": f"{NOISE[:3]}8Q~{NOISE[:34]}",
    "an Azure Databricks access token": "dapi" + "0123456789abcdef" * 2,
    "a JSON web token": f"eyJ{NOISE[:30]}.eyJ{NOISE[:30]}.{NOISE[:43]}",
    "a GitHub token": f"gh{'p'}_{NOISE[:36]}",
    "a Hugging Face token": f"{'hf'}_{NOISE[:34]}",
    "an API key of a model provider": f"{'sk'}-proj-{NOISE[:48]}",
    "an AWS access key": f"{'AKIA'}{'ABCDEFGH' * 2}",
    "a private key": f"-----BEGIN {'RSA'} PRIVATE KEY-----\nMIIE",
    "a password in a URL": "amqps://chat:correct-horse@queue.contoso.net",
    "a connection string with its key": "Server=tcp:contoso.database.windows.net;User ID=chat;Password=correct-horse",
}
OTHERWISE = {
    "a GitHub token": f"token gh{'s'}_{NOISE[:40]} of the build",
    "a connection string with its key": f"Url=https://contoso.example;AccountKey={NOISE[:20]}",
    "a password in a URL": "https://chat:correct-horse@contoso.example/v1",
}
HARMLESS = (
    "/subscriptions/8f4ac9d1-3c58-4b6e-9a27-d0c5e1f7b264/resourceGroups/rg-ml/providers"
    "/Microsoft.MachineLearningServices/workspaces/mlw-chat/models/chat/versions/3",
    "azureml://registries/contoso/models/chat/versions/3",
    "8f4ac9d1-3c58-4b6e-9a27-d0c5e1f7b264",
    "sha256:" + "0123456789abcdef" * 4,
    "9fceb02d0ae598e95dc970b74767f19372d61af8",
    "51.144.12.3",
    "https://chat:{password}@contoso.example/v1/models",
    "https://chat:<your-password>@contoso.example/v1/models",
    f"DefaultEndpointsProtocol=https;AccountName=contoso;AccountKey={'x' * 86}==",
    "https://kv-chat.vault.azure.net/secrets/hf-token/9fceb02d0ae598e95dc970b74767f193",
    "https://contoso.example:8443/v1?limit=5",
    "ml-platform@contoso.com",
    "Server=tcp:contoso.database.windows.net;Authentication=Active Directory Managed Identity",
    "Standard_NC24ads_A100_v4",
    "Answers questions; passwords are reset elsewhere",
    "postgresql://chat:${DB_PASSWORD}@db.contoso.net/chat",
    "AccountKey=<your-account-key>",
    "sk-learn",
    "",
)


@pytest.mark.parametrize(("kind", "value"), [*BY_FORMAT.items(), *OTHERWISE.items()])
def test_a_secret_is_known_by_its_format(kind: str, value: str) -> None:
    assert kind_of_secret(value) == kind
    assert kind_of_secret(value, "LOG_LEVEL") == kind


@pytest.mark.parametrize("value", HARMLESS)
def test_what_is_no_secret(value: str) -> None:
    assert kind_of_secret(value) is None
    assert kind_of_secret(value, "LOG_LEVEL") is None


@pytest.mark.parametrize(
    "name",
    (
        "HF_TOKEN API_KEY AZURE_OPENAI_API_KEY OPENAI_APIKEY AZURE_CLIENT_SECRET dbPassword DB_PASSWD storage-key"
        " AccountKey hfToken token token2 SasToken SQL_CONNECTION_STRING ConnectionStrings__connectionString"
        " EOS_BEARER_TOKEN APIM_SUBSCRIPTION_KEY aws.secret.access.key GOOGLE_CREDENTIALS BLOB_SAS"
    ).split(),
)
def test_a_secret_is_known_by_its_name(name: str) -> None:
    kind = kind_of_secret("correct-horse", name)

    assert kind is not None
    assert kind.startswith("a value that is called ")


@pytest.mark.parametrize(
    "name",
    (
        "MAX_TOKENS TOKENIZER TOKENIZERS_PARALLELISM EOS_TOKEN pad_token BOS-TOKEN stopToken SECRET_NAME TOKEN_URL"
        " PASSWORD_FILE KEY_VAULT_NAME PARTITION_KEY KEY BYPASS monkey AZURE_CLIENT_ID compass costcenter secretary"
    ).split(),
)
def test_a_name_that_only_sounds_like_one(name: str) -> None:
    assert kind_of_secret("correct-horse", name) is None


@pytest.mark.parametrize(
    "value",
    [
        "true",
        "Disabled",
        "managed-identity",
        "SystemAssigned",
        "/mnt/secrets/hf",
        "https://kv-chat.vault.azure.net/secrets/hf",
        "@Microsoft.KeyVault(VaultName=kv-chat;SecretName=hf)",
        "<your-token>",
        "{hf_token}",
        "${HF_TOKEN}",
        "changeme",
        "PENDING",
        "120000",
        "short",
        " ",
    ],
)
def test_what_is_called_a_secret_and_is_none(value: str) -> None:
    assert kind_of_secret(value, "HF_TOKEN") is None


def test_a_placeholder_is_none_whatever_the_name() -> None:
    """`PENDING` alone may be a state; under the name of a secret it says that there is to be one."""
    assert kind_of_secret("MY_API_KEY", "API_KEY") is None
    assert kind_of_secret("MY_API_KEY", "HF_TOKEN") is not None


@pytest.mark.parametrize("name", sorted({pattern.name for pattern in _azure_formats()}))
def test_each_format_is_told_in_words(name: str) -> None:
    """The library's own word for a format never reaches a message."""
    words = _words(name)

    assert words.startswith(("a ", "an "))
    assert not {"Identifiable", "Legacy", "Key", "Credentials", "Credential"} & set(words.split())


FORMATS = {
    **{
        known.name: (sign, re.compile(known.pattern, known.regex_flags))
        for sign, formats in _azure_formats_by_sign().items()
        for known in formats
    },
    **{f"{words} with {text}": (_Sign(text), re.compile(own.pattern)) for text, own, words in _FORMATS},
}


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_no_format_is_passed_over(name: str) -> None:
    """Values without the sign of a format are not looked at: there is none that has the format."""
    sign, pattern = FORMATS[name]
    # What the secret stands in may be matched, too: the sign is of the secret.
    refine = "refine" if "refine" in pattern.groupindex else 0

    @settings(max_examples=20, database=None)
    @given(from_regex(pattern))
    def holds(value: str) -> None:
        assert sign.text in value.lower()
        found = pattern.search(value)
        assert found is not None
        assert sign.word == 0 or ("/" not in found[refine] and len(found[refine]) >= sign.word)

    holds()


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_each_sign_is_certain(name: str) -> None:
    sign, pattern = FORMATS[name]

    assert sign.text in {*certain_texts(pattern.pattern, pattern.flags & ~re.UNICODE), ""}


def test_nearly_every_format_is_looked_for_by_a_text() -> None:
    assert [(name, FORMATS[name][0]) for name in FORMATS if not FORMATS[name][0].text] == [
        ("AdoLegacyPat", _Sign("", word=52))
    ]


def test_no_format_of_the_library_is_parsed_for_its_sign(monkeypatch: pytest.MonkeyPatch) -> None:
    """A release that changes one is answered by another line in the table, or by none: then its sign is found anew."""
    known = {(pattern.pattern, pattern.regex_flags) for pattern in _azure_formats()}
    monkeypatch.setattr(plaintext_secrets, "certain_texts", None)

    assert {_sign_of(*pattern) for pattern in known} == set(_SIGNS.values())


def test_a_format_that_is_new_is_parsed() -> None:
    assert _sign_of(r"(?:new|newer)_[a-z]{20}\+KEY=", re.ASCII) == _Sign("+key=")
    assert _sign_of("[a-z]{52}", re.ASCII) == _Sign("")


TREES: dict[str, tuple[Json, list[str]]] = {
    "nothing": (None, []),
    "by its format": (BY_FORMAT["a GitHub token"], [BY_FORMAT["a GitHub token"]]),
    "by its name": ({"DB_PASSWORD": "correct-horse", "LOG_LEVEL": "correct-horse"}, ["correct-horse"]),
    "deep": ({"a": [{"b": {"apiKey": "correct-horse"}}]}, ["correct-horse"]),
    "in a list of its name": ({"tokens": ["a-word"], "HF_TOKEN": ["correct-horse"]}, ["correct-horse"]),
    "in a pair": ([{"key": "HF_TOKEN", "value": "correct-horse"}], ["correct-horse"]),
    "in a pair of another name": ([{"key": "LOG_LEVEL", "value": "correct-horse"}], []),
    "in a pair of which the name is no text": ([{"key": 5.0, "value": "correct-horse"}], []),
    "what stands beside a pair": ([{"key": "HF_TOKEN", "note": "correct-horse", "value": "true"}], []),
    "several": ({"apiKey": "correct-horse", "HF_TOKEN": "battery-staple"}, ["battery-staple", "correct-horse"]),
    "marked as a secret": ({"HF_TOKEN": {SIGNATURE_KEY: SECRET_SIGNATURE, "value": "correct-horse"}}, []),
    "marked, with its name inside": ({SIGNATURE_KEY: SECRET_SIGNATURE, "HF_TOKEN": "correct-horse"}, []),
}


@pytest.mark.parametrize("case", TREES)
def test_the_secrets_in_a_tree(case: str) -> None:
    tree, texts = TREES[case]

    assert sorted(secrets_in(tree)) == texts


def test_a_url_that_is_called_a_secret_may_hold_one() -> None:
    assert kind_of_secret("https://contoso.example/hook?code=correct-horse", "WEBHOOK_SECRET") is not None


@pytest.mark.parametrize("value", [*BY_FORMAT.values(), *OTHERWISE.values()])
def test_the_rule_gives_nothing_of_the_value_away(value: str) -> None:
    properties = {"inferencePoolProperties": {"properties": {"DB_PASSWORD": value}}}
    pool = Resource("urn:pulumi:dev::t::t::p", "azure-native:machinelearningservices:InferencePool", "p", properties)

    (verdict,) = judge(default_settings([no_plaintext_secret]), pool)

    assert verdict.path == "inferencePoolProperties.properties.DB_PASSWORD"
    said = verdict.message + verdict.remedy
    pieces = {NOISE[start : start + 5] for start in range(len(NOISE) - 4)}
    assert not {piece for piece in {*pieces, "horse", "0123", "ABCD", "MIIE", "chat"} if piece in said}
