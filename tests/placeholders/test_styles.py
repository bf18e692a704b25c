"""One test a style of placeholder, and one a kind of value that must be left alone."""

from __future__ import annotations

import pytest

from inference_pools.placeholders import Kind, find_placeholders

GUID = "0b1f6471-1bf0-4dda-aec3-cb9272f09590"
ID = f"/subscriptions/{GUID}/resourceGroups/rg-ml/providers/Microsoft.MachineLearningServices/workspaces/mlw"


def styles(value: str, key: str | None = None) -> list[tuple[str, str]]:
    return [(found.text, found.style) for found in find_placeholders(value, key=key)]


def kinds(value: str, key: str | None = None) -> set[Kind]:
    return {found.kind for found in find_placeholders(value, key=key)}


@pytest.mark.parametrize(
    ("written", "style"),
    [
        ("{workspace}", "braces"),
        ("{}", "braces"),
        ("{0}", "braces"),
        ("{{workspace}}", "double-braces"),
        ("{{ workspace }}", "double-braces"),
        ("${workspace}", "dollar-braces"),
        ("${WORKSPACE:-mlw}", "dollar-braces"),
        ("$(workspace)", "dollar-parentheses"),
        ("$(Build.SourceBranch)", "dollar-parentheses"),
        ("$[variables.workspace]", "dollar-brackets"),
        ("${{ secrets.WORKSPACE }}", "ci-expression"),
        ("<workspace>", "angle-brackets"),
        ("<your workspace>", "angle-brackets"),
        ("<工作区>", "angle-brackets"),
        ("<<workspace>>", "double-angle-brackets"),
        ("<em>workspace</em>", "markup"),
        ("[workspace]", "brackets"),
        ("[Your workspace]", "brackets"),
        ("[[workspace]]", "double-brackets"),
        ("((workspace))", "double-parentheses"),
        ("<%= workspace %>", "template-tag"),
        ("«workspace»", "guillemets"),
        ("%WORKSPACE%", "percent-signs"),
        ("%s", "printf"),
        ("%(workspace)s", "printf"),
        ("%{workspace}", "percent-braces"),
        ("__WORKSPACE__", "underscores"),
        ("___WORKSPACE_NAME___", "underscores"),
        ("@workspace@", "at-signs"),
        ("@@WORKSPACE@@", "at-signs"),
        ("#{workspace}#", "hash-braces"),
        ("##WORKSPACE##", "hashes"),
        ("$WORKSPACE", "shell"),
        ("$env:WORKSPACE", "shell"),
        (":workspace", "colon"),
        ("%3Cworkspace%3E", "angle-brackets"),
        ("%257Bworkspace%257D", "braces"),
        ("&lt;workspace&gt;", "angle-brackets"),
        ("\\u003cworkspace\\u003e", "angle-brackets"),
        (r"\<workspace\>", "angle-brackets"),
        ("your-workspace", "your-x"),
        ("YOUR_WORKSPACE", "your-x"),
        ("yourworkspace", "your-x"),
        ("myYourWorkspace", "your-x"),
        ("replace-me", "replace-me"),
        ("REPLACE_WITH_WORKSPACE", "replace-me"),
        ("changeme", "replace-me"),
        ("insert-workspace-here", "replace-me"),
        ("TODO", "replace-me"),
        ("TBD", "replace-me"),
        ("placeholder", "replace-me"),
        ("xxx", "mask"),
        ("mlw-xxxx-01", "mask"),
        ("****", "mask"),
        ("########", "mask"),
        ("…", "ellipsis"),
        ("...", "ellipsis"),
        ("WORKSPACE_NAME", "template-word"),
        ("WORKSPACE", "template-word"),
        ("workspaceName", "template-word"),
        ("workspace-name", "template-word"),
        ("workspacename", "template-word"),
        ("place_holder", "replace-me"),
        ("PLACEHOLDER_TEAM_WORKSPACE", "replace-me"),
        ("WORKSPACE_PLACEHOLDER", "replace-me"),
        ("uai_client_id_place_holder", "replace-me"),
        ("placeholder-api-key", "replace-me"),
        ("SET-ME-PLEASE", "replace-me"),
        ("override-me", "replace-me"),
        ("please_set_workspace_in_env", "replace-me"),
        ("to-be-confirmed", "replace-me"),
        ("must-be-set", "replace-me"),
        ("WORKSPACE_TBC", "replace-me"),
        ("INSERT_WORKSPACE", "replace-me"),
        ("choose-a-workspace", "replace-me"),
        ("replace-workspace-id", "replace-me"),
        ("workspace-goes-here", "replace-me"),
        ("change-in-production", "replace-me"),
        ("dummy_workspace_id", "replace-me"),
        ("fake-workspace", "replace-me"),
        ("some-guid", "replace-me"),
        ("workspace-you-want-to-use", "replace-me"),
        ("REEMPLAZAR_CON_ID", "replace-me"),
        ("SEU_WORKSPACE", "your-x"),
        ("nom-de-votre-workspace", "your-x"),
        ("TuModelo", "your-x"),
        ("tu-grupo", "your-x"),
        ("dein-modell", "your-x"),
        ("NAME_OF_WORKSPACE", "template-word"),
        ("PATH_TO_WORKSPACE", "template-word"),
        ("name-of-the-workspace", "template-word"),
        ("test-workspace-name", "template-word"),
        ("ABCD-EFGH-IJKL", "mask"),
        ("aaaa-bbbb-cccc", "mask"),
        ("x.x.x", "mask"),
        ("80d4fe69-1bf0-4zda-aec3-9250f1c8ab03", "typed-guid"),
        ("~workspace~", "tildes"),
        ("!WORKSPACE!", "exclamation-marks"),
        ("mlw-@ENV@", "at-signs"),
        ("{$workspace}", "braces"),
        ("[#workspace#]", "brackets"),
        ("{workspace", "unclosed"),
        ("workspace>", "unclosed"),
    ],
)
def test_each_style_is_known_in_an_id(written: str, style: str) -> None:
    value = ID.removesuffix("mlw") + written
    (found,) = find_placeholders(value)
    assert (found.kind, found.style) == (Kind.PLACEHOLDER, style)
    assert found.text in value
    # Of `mlw-@ENV@` the name is there, and the stage in it is missing.
    is_stage = "ENV@" in written
    assert found.slot == ("the stage" if is_stage else "the workspace's name")
    assert is_stage or "az ml workspace list" in found.suggestion


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("/subscriptions/my-subscription/resourceGroups/rg", ("my-subscription", "slot")),
        ("/subscriptions/00000000-0000-0000-0000-000000000000", ("00000000-0000-0000-0000-000000000000", "typed-guid")),
        ("/subscriptions/12345678-1234-1234-1234-123456789012", ("12345678-1234-1234-1234-123456789012", "typed-guid")),
        ("/subscriptions/e136473a-1c76-xxxx-8d01-b5ad3b1f2f90", ("e136473a-1c76-xxxx-8d01-b5ad3b1f2f90", "mask")),
        ("arn:aws:sagemaker:eu-west-1:1234:model/fraud", ("1234", "slot")),
        ("arn:aws:sagemaker:region:763104351884:model/fraud", ("region", "slot")),
        ("arn:aws:iam::000000000000:role/scorer", ("000000000000", "slot")),
        ("projects/acme/locations/somewhere/models/7", ("somewhere", "slot")),
        ("azureml://locations/middleearth/workspaces/" + GUID + "/models/m/versions/1", ("middleearth", "slot")),
        ("account.dkr.ecr.eu-west-1.amazonaws.com/scorer:1", ("account", "slot")),
    ],
)
def test_a_slot_that_cannot_hold_the_value_needs_no_delimiters(value: str, expected: tuple[str, str]) -> None:
    assert styles(value) == [expected]


@pytest.mark.parametrize(
    "value",
    """
    /path/to/model path/to/score.py file:///path/to/keyfile.json owner/repo org-name/model-name ghcr.io/owner/repo:tag
    https://stml.blob.core.windows.net/video/... https://...blob.core.windows.net/x https://h.example.com/a?sig=...
    s3://bucket/... gs://bucket/… https://scorer.region.inference.ml.azure.com/score https://sqs.region.amazonaws.com
    https://<>/score ??? x.x.x.x vX.Y.Z $workspace$ [dev|prod]
    """.split(),
)
def test_other_forms_say_the_same(value: str) -> None:
    assert kinds(value) == {Kind.PLACEHOLDER}


@pytest.mark.parametrize(
    "value",
    """
    placeholder-service place-holdings-ltd placeholders-api image-placeholder overprovisioning-placeholder
    https://via.placeholder.com/150 https://cdn.contoso.com/img/placeholder.png img/placeholder.svg
    https://jsonplaceholder.typicode.com/posts
    setmeup-prod set-message-handler set-meter SET_METRICS reset-me set-me-free add-me update_menu_item
    UPDATE_METER_INFO edit-mesh fill-metric FILL_METHOD fill-in-the-blank fixmetrics fixtures tbc-bank tbdb
    name-of-the-rose name-of-the-wind id-of-things path-to-glory path-tools pathto key-to-success
    to-be-processed to-be-deleted to-be-or-not start-here click-here wish-you-were-here here-maps somewhere
    dummy-messages dummy-model dummyclassifier fake-news-detector faker bogus mock-server sample-app test-ws
    PENDING pending-orders please-hold pleasesetup insertion-sort enterprise-model enter-prod enter-the-dragon
    insert-the-coin replace-all REPLACE_ALL CREATE_OR_REPLACE replace-image choose-model choose-wisely some-service
    seu-university tu-berlin TuBerlin dein-kaufhaus votretemps ihrer abcdefgh efgh-service 1.x 16.x.x 3.12.x
    ~/models/x a~b ~ prod!
    /opt/path/tools/x a/b team/scorer a1b2c3d4-prod arn:aws:iam::123456789012:server-certificate/server-cert-name
    https://github.com/acme/x/compare/main...feature https://github.com/acme/x/compare/v1.2...v1.3
    https://docs.example.com/assign-a-public-ip-per-node-for-your-node-pools
    Microsoft.Resources/subscriptions/resourceGroups https://region.contoso.com/x
    https://scorer.westeurope.inference.ml.azure.com/score
    https://portal.azure.com/#blade/HubsExtension/BrowseResourceGroupBlade/resourceType/Microsoft.Resources%2Fsubscriptions%2FresourceGroups
    https://portal.azure.com/#@contoso.com/resource/subscriptions/0b1f6471-1bf0-4dda-aec3-cb9272f09590/resourceGroups/rg/overview
    https://portal.azure.com/#blade/X/Y/resourceId/%2Fsubscriptions%2F0b1f6471-1bf0-4dda-aec3-cb9272f09590%2FresourceGroups%2Frg
    https://portal.azure.com/#view/HubsExtension/DeploymentDetailsBlade/~/overview/id/%2Fsubscriptions%2F0b1f6471-1bf0-4dda-aec3-cb9272f09590
    """.split(),
)
def test_what_resembles_a_placeholder_is_left_alone(value: str) -> None:
    assert styles(value) == []


@pytest.mark.parametrize(
    "value",
    [
        # Unfortunate, and genuine.
        *("ml_inference_pool", "my_ml_workspace", "my_inference_pool", "my-model", "example-service", "test"),
        *(
            "todo-api",
            "TodoTask:std:700",
            "latest-news",
            "getyourguide",
            "yourself",
            "replacement-model",
            "change-feed",
        ),
        f"/subscriptions/{GUID}/resourceGroups/example/providers/Microsoft.MachineLearningServices/workspaces/my-ws",
        f"/subscriptions/{GUID}/resourceGroups/RG-ML/providers/Microsoft.MachineLearningServices/workspaces/ML_WORKSPACE",
        ID + "/models/my-model/labels/latest",
        ID.upper(),
        # Values of a pool.
        *(
            "score.py",
            "PT5S",
            "Standard_D3_v2",
            "AAD",
            "SystemAssigned",
            "None",
            "main.init",
            "__init__.py",
            "__main__",
        ),
        *("westeurope", "3.11", "2024-06-01", "sha256:9f86d081884c7d659a2feaa0c55ad015", "10:30", "key:value", "100%"),
        *(
            "/usr/bin:/usr/local/bin",
            r"C:\Program Files\Python",
            r"C:\agent\_work",
            "./...",
            "**/*.py",
            "a -> b",
            "<= 5 s",
        ),
        *("https://host.example.com:8443/a?x=1&y=2", "ml-team@contoso.com", "{}", "[]", '{"a": 1}', '["a", "b"]'),
        *("^[a-z]{3,8}$", "(?P<name>[a-z]+)", r"\d{4}-\d{2}", "%Y-%m-%d", "List<String>", "{a,b}", "v1.2...v1.3"),
        *("%(asctime)s %(levelname)s %(message)s", "http://[::1]:8080/", "Use <b>bold</b> text", "x < 5 and y > 3"),
        *("AccountName=stml;AccountKey=abc==", "</s>", "[MASK]", "@Microsoft.KeyVault(VaultName=kv;SecretName=x)"),
        # Prose.
        *("Inference Pool for large-scale ML Platform", "see [docs](https://learn.microsoft.com)", "50% of load"),
        *(
            "Use your own key if the budget allows it.",
            "Cost: $5 an hour",
            "Loading...",
            "See note [1].",
            "to do later",
        ),
        # What platforms begin with a dollar sign.
        *("$web", "$Default", "$LATEST", "$logs", "https://acct.blob.core.windows.net/$web/index.html"),
        "arn:aws:lambda:eu-west-1:763104351884:function:scorer:$LATEST",
        # Ids.
        *(ID, ID.replace("/", "%2F"), GUID, "763104351884", "72f988bf-86f1-41af-91ab-2d7cd011db47"),
        *("00000003-0000-0000-c000-000000000000", "00000002-0000-0ff1-ce00-000000000000"),
        "/providers/Microsoft.Authorization/roleDefinitions/b24988ac-6180-42a0-ab88-20f7382dd24c",
        "/providers/Microsoft.Authorization/policyDefinitions/06a78e20-9358-41c9-923c-fb736d382a4d",
        *("arn:aws:iam::123456789012:role/scorer", "arn:aws:iam::aws:policy/ReadOnlyAccess", "arn:aws:s3:::*"),
        *("arn:aws:automate:eu-west-1:ec2:recover", "arn:aws:sagemaker:eu-west-1:*:endpoint/*"),
        *("azureml:fraud:3", "azureml:fraud@latest", "azureml://registries/azureml/models/Phi-4/versions/7"),
        *("projects/acme-ml/locations/europe-west4/endpoints/4608339105032437760", "projects/123/locations/global"),
        "763104351884.dkr.ecr.us-east-1.amazonaws.com/pytorch-inference:2.0.1-gpu-py310",
        *(
            "europe-west4-docker.pkg.dev/acme/serving/scorer:1",
            "contoso.azurecr.io/team/scorer@sha256:49765698074d6d7b",
        ),
    ],
)
def test_what_is_real_is_left_alone(value: str) -> None:
    assert styles(value) == []


@pytest.mark.parametrize(
    "value",
    [
        "${var.workspace}",
        "${azurerm_machine_learning_workspace.ws.id}",
        "/subscriptions/${data.azurerm_client_config.current.subscription_id}/resourceGroups/${var.rg}",
        "azurerm_machine_learning_workspace.ws.id",
        "[resourceId('Microsoft.MachineLearningServices/workspaces', parameters('ws'))]",
        "${subscription().id}",
        "subscription().subscriptionId",
        "{{ .Values.workspace }}",
        "{{ lookup('env', 'WS') }}",
        "{{resolve:ssm:/ml/workspace}}",
        "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/scorer",
        "@pipeline().parameters.ws",
        "@{variables('ws')}",
        "{settings.location}",
        "{self.config['region']}",
        '/subscriptions/{os.environ[\'SUB\']}/resourceGroups/{cfg["azure"]["rg"]}',
        "{row[0]}",
    ],
)
def test_what_another_tool_resolves_is_told_apart(value: str) -> None:
    assert kinds(value) == {Kind.INTERPOLATION}


def test_an_interpolation_excuses_only_itself() -> None:
    value = (
        "/subscriptions/${var.sub}/resourceGroups/<rg>/providers/Microsoft.Storage/storageAccounts/${var.x}-YOUR_ENV"
    )
    found = find_placeholders(value)
    assert [(piece.kind.value, piece.text) for piece in found] == [
        ("interpolation", "${var.sub}"),
        ("placeholder", "<rg>"),
        ("interpolation", "${var.x}"),
        ("placeholder", "-YOUR_ENV"),
    ]


def test_the_seed_id_gives_its_five_pieces() -> None:
    value = (
        "/subscriptions/{subscription_id}/resourceGroups/{resource_group}/providers/Microsoft.MachineLearningServices"
        "/workspaces/{workspace_name}/models/{model_name}/versions/{model_version}"
    )
    assert [(found.text, found.slot) for found in find_placeholders(value, key="modelId")] == [
        ("{subscription_id}", "the subscription id"),
        ("{resource_group}", "the resource group's name"),
        ("{workspace_name}", "the workspace's name"),
        ("{model_name}", "the model's name"),
        ("{model_version}", "the model's version"),
    ]
    assert find_placeholders(value)[0].suggestion == "the subscription's GUID (`az account show --query id`)"


def test_pieces_of_one_segment_are_one_placeholder() -> None:
    assert styles("azureml:{team}-{name}:3") == [("{team}-{name}", "braces")]


def test_a_piece_is_quoted_as_it_is_written() -> None:
    assert styles("projects/%3Cproject%3E/locations/us-central1")[0][0] == "%3Cproject%3E"
    assert styles("azureml:&lt;model&gt;:3")[0][0] == "&lt;model&gt;"


def test_documents_are_searched_string_by_string() -> None:
    assert styles('{"workspace": "<ws>", "nested": [{"sub": "/subscriptions/{id}/x"}], "ok": 1}') == [
        ("<ws>", "angle-brackets"),
        ("{id}", "braces"),
    ]


@pytest.mark.parametrize(
    ("value", "piece"),
    [
        ("Deployed by {team} in May", "{team}"),
        ("Ask <your contact> first", "<your contact>"),
        ("TODO: say what it is for", "TODO"),
        ("Your name here", "Your name here"),
        ("[Team name] owns this", "[Team name]"),
        ("az role list --scope /subscriptions/mysub/resourceGroups/rg", "mysub"),
        ("id 11111111-1111-1111-1111-111111111111 of the tenant", "11111111-1111-1111-1111-111111111111"),
    ],
)
def test_prose_needs_stricter_evidence(value: str, piece: str) -> None:
    assert [text for text, _ in styles(value)] == [piece]


def test_weak_words_condemn_only_an_id_of_nothing_else() -> None:
    assert [text for text, _ in styles("azureml:name:version")] == ["name", "version"]
    assert styles("azureml:name:3") == []
    assert styles(ID + "/models/model/versions/1") == []


def test_the_key_informs_the_slot_and_the_doubt() -> None:
    (found,) = find_placeholders("<fill in>", key="tags.owner")
    assert found.slot == "the owner"
    assert styles("customer_id", key="PARTITION_COLUMN") == []
    assert styles("webhook_name", key="webhook_name") == []
    assert styles("host_name", key="hostName") == [("host_name", "template-word")]
    assert styles("string", key="codeId") == [("string", "template-word")]
    assert styles("string", key="type") == []
    assert styles("%d items", key="LOG_FORMAT") == []
    assert styles("MY_API_KEY", key="apiKey") == [("MY_API_KEY", "template-word")]
    assert styles("MY_API_KEY", key="secretKeyRef.key") == styles("API_KEY", key="authMode") == []
    assert styles("PENDING", key="status") == styles("dummy", key="profile") == []
    assert [styles(value, key="modelId") for value in ("PENDING", "dummy", "guid")] == [
        [("PENDING", "replace-me")],
        [("dummy", "replace-me")],
        [("guid", "replace-me")],
    ]


def test_a_format_key_does_not_excuse_an_id() -> None:
    value = "/subscriptions/%s/resourceGroups/rg-ml"
    assert styles(value, key="fmtString") == styles(value, key="scopeFormat") == [("%s", "printf")]
    assert styles("https://{host}/score", key="url_pattern") == [("{host}", "braces")]
    for written in ("^/subscriptions/[^/]+/resourceGroups/(?P<rg>[^/]+)$", "https://[^/]+/score"):
        assert styles(written, key="path_regex") == []


@pytest.mark.parametrize("key", [None, "STOP_TOKEN", "environmentVariables.STOP"])
@pytest.mark.parametrize(
    "token",
    (
        "<|im_end|> </s> [INST] [/INST] <<SYS>> <</SYS>> <start_of_turn> <end_of_turn> <think> <tool_call> [TOOL_CALLS]"
        " <fim_prefix> <0x0A> <\uff5cend\u2581of\u2581sentence\uff5c> <s>,</s>"
    ).split(),
)
def test_what_a_language_model_stops_at_is_a_value(token: str, key: str | None) -> None:
    assert styles(token, key) == []


def test_marks_alone_are_a_stop_where_one_is_asked_for() -> None:
    assert styles("###", "STOP_SEQUENCE") == []
    assert styles("###", "MODEL_NAME") != []
    assert styles("<your-stop-token>", "STOP_TOKEN") != []
    assert styles("[NAME]", "STOP_TOKEN") != []


GUID_IN_USE = "9a7c62c6-16ce-4b5f-bf0e-3610dd4c111c"


@pytest.mark.parametrize(
    ("value", "key", "slot"),
    [
        ("pool-{env}-001", "name", "the stage"),
        ("<environment>", "environment", "the stage"),
        ("rg-${STAGE}-001", "resourceGroupName", "the stage"),
        ("Serves the {stage} stage", "description", "the stage"),
        (f"/subscriptions/{GUID_IN_USE}/resourceGroups/rg-{{env}}", "environmentId", "the stage"),
        ("azureml://registries/mlr/environments/{env}-serving/versions/3", "environmentId", "the stage"),
        ("azureml://registries/mlr/environments/{env}/versions/3", "environmentId", "the environment's name"),
        ("<environment>", "environmentId", "the environment's name"),
        ("{environment_id}", "name", "the environment's name"),
        ("{env_folder}", "path", None),
        ("rg-{project}-dev", "name", "the project"),
        ("{project_id}", "name", "the project id"),
    ],
)
def test_what_is_meant_by_environment_and_project_is_a_matter_of_the_place(
    value: str, key: str, slot: str | None
) -> None:
    """In a name or a tag it is a stage, and no asset of Azure ML, nor a project of Google Cloud."""
    (found,) = find_placeholders(value, key=key)
    assert found.slot == slot
    assert ("az ml environment" in found.suggestion) == (slot == "the environment's name")


@pytest.mark.parametrize(
    ("vendor", "value", "key", "belongs"),
    [
        ("Azure", "{model}", "modelName", "az ml model list"),
        ("AWS", "{model}", "modelName", "aws sagemaker list-models"),
        ("AWS", "<role>", "executionRoleArn", "aws iam list-roles"),
        ("AWS", "{account_id}", "roleArn", "aws sts get-caller-identity"),
        ("AWS", "{region}", "region", "an AWS region such as"),
        ("AWS", "<kms-key>", "kmsKeyArn", "aws kms list-keys"),
        ("Google", "{project_id}", "project", "gcloud config get project"),
        ("Google", "YOUR_PROJECT", "project", "gcloud config get project"),
        ("Google", "your-project-id", "project", "gcloud config get project"),
        ("Google", "PROJECT_NUMBER", "project", "gcloud projects describe"),
        ("Google", "projects/PROJECT_NUMBER/global/networks/default", "network", "gcloud projects describe"),
        ("Google", "{endpoint}", "endpoint", "gcloud ai endpoints list"),
        ("Google", "publishers/google/models/MODEL_ID", "publisherModelName", "gcloud ai model-garden models list"),
        ("Google", "<service-account>", "serviceAccount", "gcloud iam service-accounts list"),
        ("Google", "{region}", "location", "a Google Cloud region such as"),
        # A label may hold the name of a project that is none of Google's.
        ("Google", "{project}", "labels.project", "the project's own name"),
        ("Google", "gs://YOUR_BUCKET/model", "artifactUri", "gcloud storage buckets list"),
        # An id says whose it is, wherever it stands.
        ("AWS", "/subscriptions/{subscription_id}/resourceGroups/rg", "note", "az account show"),
        ("Google", "s3://YOUR_BUCKET/model", "artifactUri", "aws s3api list-buckets"),
        # What is of a platform of somebody's own is in no vendor's words.
        ("Acme", "{model}", "model", "the model's own name"),
        ("Acme", "{project_id}", "project", "the project's own id"),
    ],
)
def test_what_belongs_there_is_told_in_the_words_of_the_vendor(vendor: str, value: str, key: str, belongs: str) -> None:
    (found,) = find_placeholders(value, key=key, vendor=vendor)
    assert belongs in found.suggestion
