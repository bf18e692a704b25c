"""What is passed over without being looked into would have had nothing to say: each shortcut against the long way."""

from __future__ import annotations

import csv
import re
from pathlib import Path
from typing import Final

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from inference_pools.placeholders import detect, guids, ids, masks, styles

HERE: Final = Path(__file__).parent
GUID: Final = "8f4ac9d1-3c58-4b6e-9a27-d0c5e1f7b264"
# Collections and members of every kind that the search knows: names, words, templates, masks, weak words, slips.
COLLECTIONS: Final = (
    "subscriptions resourceGroups resourcegroups providers locations workspaces registries models versions labels"
    " environments inferencePools onlineEndpoints roleDefinitions planes global aggregated your-collection TODO xxx a"
    " SUBSCRIPTIONS Locations 11111111-1111-1111-1111-111111111111"
).split()
MEMBERS: Final = (
    *COLLECTIONS,
    *(GUID, "7", "1.2", "Microsoft.MachineLearningServices"),
    *"rg-ml-prod RG-ML MODEL WORKSPACE_NAME RESOURCE_GROUP my_model CONTOSO".split(),
    *"model models version name subscription_id resource-group-name your-model TBD placeholder xxxx ... x.y.z".split(),
    *"westeurope West_Europe atlantis contoso 00000000-0000-0000-0000-000000000000 subscriptionId image".split(),
    *"80d4fe69-ABCD-EFGH-a938-9250f1c8ab03 YYYYMMDD v-yyyymmdd- _ - . .. a__b __x__ aaa bbbb 123456789012".split(),
    *("", "{x}", "*", "a b", "%20", "$x", "x:7", "é", "名前", "a?b=c", "#", "<x>", "\n"),
)
BEGINNINGS: Final = (
    *(f"/subscriptions/{guid}" for guid in (GUID, GUID.upper(), GUID[:-1] + "g", "0" * 8 + GUID[8:], "-" * 36)),
    *("/subscriptions/00000000-0000-0000-0000-000000000000", "/subscriptions/sub-id", "/Subscriptions/" + GUID),
    *("azureml:/", "azureml:", "azureml", "AZUREML:/", "", "x", "/", "https://x", " "),
)
PAIRS: Final = st.lists(st.tuples(st.sampled_from(COLLECTIONS), st.sampled_from(MEMBERS)), max_size=4)
# Pieces that a shortcut may well pass over, with few that it must not: most of those above it never does.
NEARLY_PLAIN: Final = st.lists(
    st.tuples(
        st.sampled_from("models versions workspaces locations global registries Subscriptions MODEL".split()),
        st.sampled_from(f"7 scorer MODEL RG-ML model models version contoso __model__ westeurope {GUID}".split()),
    ),
    min_size=1,
    max_size=4,
)
IDS: Final = st.builds(
    lambda scheme, beginning, pairs, end: "".join((scheme, beginning, *(f"/{a}/{b}" for a, b in pairs), end)),
    st.sampled_from(("", "", "azureml:/")),
    st.sampled_from(BEGINNINGS),
    PAIRS,
    st.sampled_from(("", "", "", "/models", "/", "?a=b", "__", "\n")),
) | st.builds(
    lambda beginning, pairs: "".join((beginning, *(f"/{a}/{b}" for a, b in pairs))),
    st.sampled_from(("azureml:/", "azureml:/", f"/subscriptions/{GUID}", f"azureml://subscriptions/{GUID}")),
    NEARLY_PLAIN,
)


def corpus() -> set[tuple[str, str | None]]:
    rows = set()
    for name in ("corpus.tsv", "held_out.tsv", "held_out_second.tsv"):
        with (HERE / name).open(encoding="utf-8", newline="") as table:
            rows |= {
                (row["value"], row["key"] or None)
                for row in csv.DictReader(table, delimiter="\t", quoting=csv.QUOTE_NONE)
            }
    return rows


CORPUS: Final = sorted(corpus(), key=str)


def the_long_way(value: str, key: str | None, monkeypatch: pytest.MonkeyPatch) -> object:
    with monkeypatch.context() as patched:
        patched.setattr(detect, "_is_plain_id", lambda _value: False)
        patched.setattr(styles, "_may_delimit", lambda _text: True)
        patched.setattr(masks, "_may_mask", lambda _text: True)
        detect._said.cache_clear()
        found = detect._find(value, key, "", depth=2)
    detect._said.cache_clear()
    return found


@pytest.mark.parametrize("part", range(8))
def test_the_corpus_is_judged_as_it_is_without_shortcuts(part: int, monkeypatch: pytest.MonkeyPatch) -> None:
    for value, key in CORPUS[part::8]:
        assert detect._find(value, key, "", depth=2) == the_long_way(value, key, monkeypatch), value


@given(IDS)
@example("azureml://locations/westeurope/workspaces/7")
@example("azureml://global/versions/MODEL/7")
@example(f"/subscriptions/{GUID}/resourceGroups/__model__")
@settings(max_examples=2000, deadline=None)
def test_an_id_that_is_passed_over_has_nothing_to_find(value: str) -> None:
    if detect._is_plain_id(value):
        with pytest.MonkeyPatch.context() as monkeypatch:
            for key in (None, "modelId", "name_format"):
                assert the_long_way(value, key, monkeypatch) == []


PLAIN: Final = (
    f"/subscriptions/{GUID}",
    f"/subscriptions/{GUID}/resourceGroups/rg-ml",
    f"/subscriptions/{GUID}/resourceGroups/RG_ML/providers/Microsoft.MachineLearningServices/workspaces/w/models/m.1",
    f"azureml://subscriptions/{GUID}/resourceGroups/rg-ml/workspaces/w/environments/serving/versions/2",
    "azureml://registries/contoso/models/ranker-11/versions/7",
    "azureml://registries/contoso/models/ranker/labels/latest",
)
NOT_PLAIN: Final = (
    "",
    "rg-ml",
    f"subscriptions/{GUID}/resourceGroups/rg-ml",
    f"/subscriptions/{GUID}/resourceGroups",
    "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg-ml",
    f"/subscriptions/{GUID}/resourceGroups/{{rg}}",
    f"/subscriptions/{GUID}/resourceGroups/__rg__",
    f"/subscriptions/{GUID}/resourceGroups/your-rg",
    f"/subscriptions/{GUID}/global/x",
    "azureml://registries/contoso/models/model",
    "azureml://registries/CONTOSO/models/MODEL",
    "azureml://Subscriptions/no-guid/models/m",
    "/registries/contoso/models/ranker",
)


@pytest.mark.parametrize("value", PLAIN)
def test_what_is_passed_over(value: str) -> None:
    assert detect._is_plain_id(value)


@pytest.mark.parametrize("value", NOT_PLAIN)
def test_what_is_looked_into(value: str) -> None:
    assert not detect._is_plain_id(value)


def everywhere(pattern: str, flags: int = 0) -> st.SearchStrategy[str]:
    """Texts in which a pattern is found."""
    return st.from_regex(re.compile(pattern, flags))


@pytest.mark.parametrize(("style", "pattern"), styles._DELIMITED)
def test_no_delimiter_is_passed_over(style: str, pattern: str) -> None:
    @settings(max_examples=60, deadline=None, database=None)
    @given(everywhere(pattern))
    def holds(text: str) -> None:
        assert styles._may_delimit(text), style

    holds()


@pytest.mark.parametrize("hidden", [masks._MASK, masks._ELLIPSIS, masks._PROSE_MASK])
def test_no_mask_is_passed_over(hidden: re.Pattern[str]) -> None:
    @settings(max_examples=200, deadline=None, database=None)
    @given(everywhere(hidden.pattern, hidden.flags))
    def holds(text: str) -> None:
        assert masks._may_mask(text)

    holds()


@settings(max_examples=100, deadline=None)
@given(st.from_regex(re.compile(detect._REFERENCE.pattern, detect._REFERENCE.flags), fullmatch=True))
def test_no_reference_is_passed_over(text: str) -> None:
    assert detect._may_refer(text)


@settings(max_examples=300, deadline=None)
@given(st.from_regex(re.compile(detect._UNCLOSED_WORD.pattern), fullmatch=True))
def test_no_lone_bracket_is_passed_over(text: str) -> None:
    assert detect._is_unclosed(text, ids.Form.WORD)


@settings(max_examples=200, deadline=None)
@given(everywhere(ids._IMAGE.pattern))
def test_no_image_is_without_a_dot(text: str) -> None:
    found = ids._IMAGE.search(text)
    assert found is not None
    assert "." in found[0]


@settings(max_examples=300, deadline=None)
@given(
    everywhere(guids._EMBEDDED.pattern, re.IGNORECASE)
    | st.from_regex(re.compile(guids._FORM, re.IGNORECASE), fullmatch=True)
    | st.text("0af-", min_size=30, max_size=40)
)
def test_the_guids_in_a_text(text: str) -> None:
    assert [match.span() for match in guids.embedded(text)] == [m.span() for m in guids._EMBEDDED.finditer(text)]


@settings(max_examples=500, deadline=None)
@given(st.from_regex(r"[0-9a-f]{8}(-[0-9a-gzF]{4}){3}-[0-9a-f]{11}[0-9a-fG]-?", fullmatch=True))
def test_no_impossible_guid_is_passed_over(text: str) -> None:
    assert guids.is_impossible(text) == (guids._IMPOSSIBLE.fullmatch(text) is not None)
