/** What has changed, which waivers end, and which stacks nobody reads. */

import { brokenName, brokenPath, count, counted, h } from "../shared/dom";
import { severity } from "../shared/parts";
import { day, KINDS, nameOf, waiverKey, when, type Data, type Kind, type Row, type Waiver } from "./data";

/** So many days before its last one a waiver is near its end. */
const SOON = 30;
const VERY_SOON = 14;
const NAMED = 5;
const LISTED = 10;

const HINTS: Record<Kind, string> = {
  new: "found for the first time",
  returned: "mended once, and back",
  "waiver ended": "waived before, and to be seen to now",
  mended: "looked for and gone",
  "no longer asked": "the rule asks less: nobody mended it",
  waived: "covered by a waiver now",
};

/** `open` goes to a finding, `all` to those that became the same. */
export function changes(data: Data, open: (row: Row) => void, all: (kind: Kind) => void): HTMLElement {
  const since = data.base ? `since the audit of ${when(data.base.started)}` : "in the first audit";
  const cards = KINDS.filter((kind) => data.summary.changes[kind]).map((kind) => {
    const rows = data.rows.filter((row) => row.change === kind);
    return h(
      "section",
      { class: `card change ${kind.replaceAll(" ", "-")}`, "aria-label": kind },
      h("h3", {}, h("span", { class: "number" }, count(rows.length)), ` ${kind}`),
      h("p", { class: "quiet" }, HINTS[kind]),
      h("ul", {}, ...rows.slice(0, NAMED).map((row) => line(row, open))),
      rows.length > NAMED && h("button", { type: "button", class: "action", click: () => all(kind) }, `All ${count(rows.length)}`),
    );
  });
  return h(
    "section",
    { "aria-labelledby": "changes" },
    h("h2", { id: "changes" }, `What has changed ${since}`),
    cards.length ? h("div", { class: "cards" }, ...cards) : h("p", {}, "Nothing: each finding stands as it did."),
  );
}

function line(row: Row, open: (row: Row) => void): HTMLLIElement {
  return h(
    "li",
    {},
    h("button", { type: "button", class: "opener", click: () => open(row) }, row.rule),
    " ",
    severity(row),
    h("span", { class: "where" }, brokenName(row.stack), " ", row.resource),
    h("span", { class: "message" }, row.path && h("code", { class: "path" }, brokenPath(row.path)), row.path && " ", row.message),
    row.groups.owner && h("span", { class: "quiet" }, row.groups.owner),
  );
}

/** `only` goes to what a waiver covers. */
export function waivers(data: Data, only: (key: string) => void): HTMLElement | null {
  const all = data.waivers;
  if (!all.length) return null;
  const near = all.filter(({ days_left: left }) => left !== null && left <= SOON).length;
  const exceptions = all.filter((waiver) => waiver.expires === null).length;
  const waived = all.length - exceptions;
  const body = h("tbody");
  const fill = (number: number): void => body.replaceChildren(...all.slice(0, number).map((waiver) => row(waiver, only)));
  fill(Math.max(LISTED, near));
  const more = h("button", { type: "button", class: "action", hidden: all.length <= Math.max(LISTED, near), click: () => (fill(all.length), (more.hidden = true)) }, `All ${count(all.length)}`);
  return h(
    "section",
    { "aria-labelledby": "waivers" },
    h("h2", { id: "waivers" }, "Waivers"),
    h(
      "p",
      {},
      waived > 0 && `${near ? count(near) : "None"} of ${counted(waived, "waiver")} ${near === 1 || !near ? "ends" : "end"} within ${SOON} days of ${data.last.day}, the day of the last audit.`,
      waived > 0 && exceptions > 0 && " ",
      exceptions > 0 && `${counted(exceptions, "exception")} of the policy config ${exceptions === 1 ? "has" : "have"} no last day.`,
    ),
    h(
      "div",
      { class: "frame kept" },
      h(
        "table",
        { class: "list" },
        h("caption", { class: "unseen" }, "What covers findings, that which ends first at the top"),
        h("thead", {}, h("tr", {}, ...["Last day", "Waived by", "Why", "Covers"].map((name) => h("th", { scope: "col" }, name)))),
        body,
      ),
    ),
    more,
  );
}

function row(waiver: Waiver, only: (key: string) => void): HTMLTableRowElement {
  const { days_left: left, exception } = waiver;
  const tone = left === null || left <= VERY_SOON ? "critical" : left <= SOON ? "medium" : "low";
  const time = left === null ? "no end" : left > 0 ? counted(left, "day") : left === 0 ? "ends today" : "has ended";
  const by = exception ? ["exception ", h("code", {}, exception)] : [waiver.owner || h("span", { class: "quiet" }, "not said"), waiver.ticket && ` (${waiver.ticket})`];
  return h(
    "tr",
    {},
    h("th", { scope: "row" }, waiver.expires ?? "none", " ", h("span", { class: `badge ${tone}` }, time)),
    h("td", {}, ...by),
    h("td", {}, waiver.reason || h("span", { class: "quiet" }, "not said")),
    h(
      "td",
      {},
      h(
        "button",
        { type: "button", class: "value", click: () => only(waiverKey(waiver.expires ?? "", waiver.owner, waiver.ticket, exception)) },
        `${counted(waiver.findings, "finding")} in ${counted(waiver.stacks, "stack")}`,
      ),
      " ",
      h("span", { class: "quiet" }, `since ${day(waiver.since)}${waiver.owners.length ? `, of ${waiver.owners.join(", ")}` : ""}`),
    ),
  );
}

/** `only` goes to what was known of a stack. */
export function unread(data: Data, only: (stack: string) => void): HTMLElement {
  const stacks = data.stacks.filter((stack) => stack.standing !== "read");
  const open = new Map<string, number>();
  for (const row of data.rows) if (row.unknown) open.set(row.stack, (open.get(row.stack) ?? 0) + 1);
  const body = h("tbody");
  const fill = (number: number): void =>
    body.replaceChildren(
      ...stacks.slice(0, number).map((stack) => {
        const name = nameOf(stack);
        const known = open.get(name) ?? 0;
        return h(
          "tr",
          {},
          h("th", { scope: "row" }, known ? h("button", { type: "button", class: "value", click: () => only(name) }, brokenName(name)) : brokenName(name)),
          h("td", {}, h("span", { class: `badge ${stack.standing === "not read" ? "medium" : "high"}` }, stack.standing)),
          h("td", {}, stack.since ? day(stack.since) : ""),
          h("td", {}, stack.last_read ? day(stack.last_read) : "never"),
          h("td", {}, known ? counted(known, "finding") : h("span", { class: "quiet" }, "nothing known")),
        );
      }),
    );
  fill(LISTED);
  const more = h("button", { type: "button", class: "action", hidden: stacks.length <= LISTED, click: () => (fill(stacks.length), (more.hidden = true)) }, `All ${count(stacks.length)}`);
  return h(
    "section",
    { "aria-labelledby": "stacks" },
    h("h2", { id: "stacks", tabindex: -1 }, "Stacks that were not read"),
    stacks.length
      ? h(
          "div",
          { class: "frame kept" },
          h(
            "table",
            { class: "list" },
            h("caption", { class: "unseen" }, "What is known of them is old, and none of it counts as mended"),
            h("thead", {}, h("tr", {}, ...["Stack", "Standing", "Since", "Last read", "Not known any more"].map((name) => h("th", { scope: "col" }, name)))),
            body,
          ),
        )
      : h("p", {}, "All stacks were read when they were last asked for."),
    more,
  );
}
