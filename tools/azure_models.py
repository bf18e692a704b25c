"""Writes which Azure OpenAI and Foundry models retire when, from Microsoft's pages in MicrosoftDocs/azure-ai-docs.

    python tools/azure_models.py PAGES

PAGES is a folder with the Markdown of the pages, under the last part of their names in `SCHEDULES` and `SKUS`, of any
checkout; what is read is dated by the page itself (`ms.date`). `azure_models/data/models.json`:

    {"asOf": the newest page's day, "source": [...], "pages": [{"url": ..., "date": DAY}, ...],
     "models": {MODEL: {VERSION: {"retires": DAY, "retiresNotBefore": DAY, "retiresBySku": {SKU: DAY},
                                  "lifecycle": ..., "replacement": ..., "page": INDEX}}},
     "skus": {SKU: {"processing": "global" | "dataZone" | "region", "billing": "tokens" | "provisioned" | "batch"}},
     "versionUpgradeOptions": {OPTION: "newDefault" | "retirement" | "never"}}

VERSION is `*` where a page names a model without one. A newer page goes before an older one, which adds what the newer
lacks; `retires` is absent where no day is set, and a day that is only a lower bound is `retiresNotBefore`. Days have
been moved in both directions: the page's own date is part of what is known. `versionUpgradeOptions` says when a
deployment is upgraded; they hold for pay-per-token deployments only.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final

sys.path.insert(0, str(Path(__file__).resolve().parent))

from published import PLATFORMS, write_or_compare

DOCS: Final = "https://github.com/MicrosoftDocs/azure-ai-docs/blob/main/articles"
SCHEDULES: Final[Mapping[str, str]] = {
    "concepts-model-retirement-schedule-content.md": f"{DOCS}/foundry/openai/includes/",
    "concepts-retired-models-content.md": f"{DOCS}/foundry/openai/includes/",
    "retirement-models.md": f"{DOCS}/foundry/openai/includes/retirement/models.md (until 2026)",
    "model-retirements-2025.md": f"{DOCS}/ai-services/openai/concepts/model-retirements.md (until 2025)",
}
"""The pages with tables of retirements and where they are, or were, newest first."""
SKUS: Final = "concepts-deployment-types-content.md"
SKUS_URL: Final = f"{DOCS}/foundry/foundry-models/includes/{SKUS}"
OPTIONS_URL: Final = f"{DOCS}/foundry/foundry-models/includes/concepts-model-versions-content.md"

OPTIONS: Final = {
    "OnceNewDefaultVersionAvailable": "newDefault",
    "OnceCurrentVersionExpired": "retirement",
    "NoAutoUpgrade": "never",
}
PROCESSING: Final = {"Any Azure region": "global", "Within data zone": "dataZone", "Single region": "region"}
BILLING: Final = {"Pay-per-token": "tokens", "Reserved PTU": "provisioned", "50% discount": "batch"}

DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}|[A-Z][a-z]+,?\s+\d{1,2},\s+\d{4}")
NOTHING: Final = frozenset(("", "—", "-", "n/a", "N/A"))


def tables(text: str) -> Iterator[list[dict[str, str]]]:
    """The tables of a page, as rows by heading in lower case."""
    headings: list[str] = []
    rows: list[dict[str, str]] = []
    for line in [*text.splitlines(), ""]:
        if not line.lstrip().startswith("|"):
            if rows:
                yield rows
            headings, rows = [], []
            continue
        cells = [_plain(cell) for cell in line.strip().removeprefix("|").removesuffix("|").split("|")]
        if not headings:
            headings = [cell.lower() for cell in cells]
        elif not all(re.fullmatch(r":?-+:?", cell) for cell in cells):
            rows.append(dict(zip(headings, cells, strict=False)))


def _plain(cell: str) -> str:
    without_notes = re.sub(r"<sup>.*?</sup>|\*\*|`", "", cell)
    return re.sub(r"\s+", " ", re.sub(r"\[(.*?)\]\(.*?\)", r"\1", without_notes)).strip()


def day(text: str) -> str:
    """A day as ISO 8601, of what `DAY` finds."""
    if text[:4].isdigit():
        return text
    month, number, year = text.replace(",", " ").split()
    return datetime.strptime(f"{month} {number} {year}", "%B %d %Y").date().isoformat()


def page_date(text: str) -> str:
    """The day that a page says it is of. Raises ValueError where it says none."""
    found = re.search(r"^ms\.date: (\d{2})/(\d{2})/(\d{4})", text, re.MULTILINE)
    if found is None:
        raise ValueError("no ms.date")
    month, number, year = found.groups()
    return f"{year}-{month}-{number}"


def retirements(text: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """What a page says of each model and version; the version is `*` where it names none."""
    for rows in tables(text):
        for row in rows:
            when = row.get("retirement date")
            named = row.get("model") or row.get("model name")
            if when is None or not named:
                continue  # Fine-tuned models and default versions have tables of other headings.
            names, _, version = named.partition(" - ")
            version = version or row.get("version") or row.get("model version") or ""
            facts = _retires(when)
            for key, heading in (("lifecycle", "lifecycle"), ("lifecycle", "lifecycle status")):
                facts |= {key: row[heading]} if heading in row else {}
            replacement = next((row[each] for each in row if "replacement" in each), "")
            if replacement not in NOTHING:
                facts["replacement"] = re.sub(r"\s*(<br>\s*)+", ", ", replacement)
            for name in names.split("<br>"):
                yield _model(name), "*" if version in NOTHING else version.strip(), facts


def _model(name: str) -> str:
    """A model's name in the API, which has no note behind it and spells GPT-3.5 without a dot."""
    return re.sub(r"\s*\(.*\)$", "", name.strip()).replace("gpt-3.5-", "gpt-35-")


def _retires(text: str) -> dict[str, Any]:
    by_sku = re.search(rf"Standard deployment type retires on ({DAY.pattern}).*moved to ({DAY.pattern})", text)
    if by_sku:
        return {"retires": day(by_sku[2]), "retiresBySku": {"Standard": day(by_sku[1])}}
    labelled = re.search(rf"Retirement date: ({DAY.pattern})", text)
    found = labelled or DAY.search(text)
    if found is None:
        return {}
    is_bound = labelled is None and "no earlier than" in text[: found.start()].lower()
    return {"retiresNotBefore" if is_bound else "retires": day(found[1] if labelled else found[0])}


def models(pages: list[str]) -> dict[str, dict[str, dict[str, Any]]]:
    """What pages say of models, by model and version; the newest page comes first."""
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for index, text in enumerate(pages):
        newer = {model: dict(versions) for model, versions in found.items()}
        for model, version, facts in retirements(text):
            known = newer.get(model, {})
            if version in known:
                if "retiresBySku" in facts and "retiresBySku" not in known[version]:
                    found[model][version]["retiresBySku"] = facts["retiresBySku"]
            elif "*" not in known and not (version == "*" and known):
                # A model without a version stands for all its versions, and says nothing beside a newer page's.
                found.setdefault(model, {})[version] = {**facts, "page": index}
    return found


def skus(text: str) -> dict[str, dict[str, str]]:
    """The SKUs of deployments, of their page. Raises KeyError for a place or a way to pay that is new."""
    found = {}
    for rows in tables(text):
        for row in rows:
            if "sku code" in row:
                billing = next((each for each in BILLING if row["billing"].startswith(each)), row["billing"])
                found[row["sku code"]] = {
                    "processing": PROCESSING[row["data processing"]],
                    "billing": BILLING[billing],
                }
    return found


def data_of(pages: Mapping[str, str]) -> dict[str, Any]:
    """The file's data, of the pages' text by name."""
    dated = [{"url": _url(name), "date": page_date(pages[name])} for name in SCHEDULES]
    return {
        "$comment": "Made by tools/azure_models.py, which says what each key means. Not to be edited.",
        "asOf": max(each["date"] for each in dated),
        "source": [*(each["url"] for each in dated), SKUS_URL, OPTIONS_URL],
        "pages": dated,
        "models": models([pages[name] for name in SCHEDULES]),
        "skus": skus(pages[SKUS]),
        "versionUpgradeOptions": OPTIONS,
    }


def _url(name: str) -> str:
    return SCHEDULES[name] + (name if SCHEDULES[name].endswith("/") else "")


def main() -> int:
    """Writes the file, or with --check prints how it differs."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("pages", type=Path, metavar="PAGES", help="a folder with the pages' Markdown")
    parser.add_argument("--check", action="store_true", help="write nothing; print how the committed file differs")
    arguments = parser.parse_args()
    missing = [name for name in (*SCHEDULES, SKUS) if not (arguments.pages / name).is_file()]
    if missing:
        parser.error(f"{arguments.pages} lacks {', '.join(missing)}")
    pages = {name: (arguments.pages / name).read_text(encoding="utf-8") for name in (*SCHEDULES, SKUS)}
    return write_or_compare({PLATFORMS / "azure_models" / "data" / "models.json": data_of(pages)}, arguments.check)


if __name__ == "__main__":
    sys.exit(main())
