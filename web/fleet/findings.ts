/** The table of findings, a page of it at a time, what is shown of one that is opened, and all of one resource. */

import { brokenName, brokenPath, count, h, prose } from "../shared/dom";
import { cell, copyLink, fact, severity, sourceLink } from "../shared/parts";
import { day, LIVE, when, type Row, type Stack } from "./data";
import type { Findings, Sort } from "./model";

const HEADINGS: readonly [Sort, string][] = [
  ["severity", "Severity"],
  ["status", "Status"],
  ["rule", "Rule"],
  ["resource", "Resource"],
  ["stack", "Stack"],
  ["owner", "Owner"],
  ["message", "Finding"],
  ["first_seen", "Seen"],
];

export interface Actions {
  sort(by: Sort): void;
  open(row: Row | null): void;
  resource(row: Row): void;
  linkTo(row: Row): string;
  clear(): void;
  say(text: string): void;
}

export class FindingsTable {
  readonly element: HTMLTableElement;
  private readonly body = h("tbody", { role: "rowgroup" });
  private readonly heads = new Map<Sort, HTMLTableCellElement>();

  constructor(
    private readonly model: Findings,
    private readonly stacks: ReadonlyMap<string, Stack>,
    private readonly actions: Actions,
  ) {
    for (const [id, title] of HEADINGS) {
      const button = h("button", { type: "button", click: () => actions.sort(id) }, title);
      this.heads.set(id, h("th", { scope: "col", role: "columnheader", class: `c-${id}` }, button));
    }
    this.element = h(
      "table",
      { class: "findings", role: "table" },
      h("caption", { class: "unseen" }, "Findings. The name of a rule opens what is known of the finding."),
      h("thead", { role: "rowgroup" }, h("tr", { role: "row" }, ...this.heads.values())),
      this.body,
    );
  }

  draw(open: Row | null): void {
    const { sort, descending } = this.model.chosen;
    for (const [id, head] of this.heads) {
      if (id === sort) head.setAttribute("aria-sort", descending ? "descending" : "ascending");
      else head.removeAttribute("aria-sort");
    }
    const rows = this.model.page;
    if (rows.length) this.body.replaceChildren(...rows.flatMap((row, index) => this.row(row, index, row === open)));
    else this.body.replaceChildren(this.nothing());
  }

  /** Brings the opened finding into sight, and the focus to it. */
  reveal(): void {
    const button = this.body.querySelector<HTMLButtonElement>("button[aria-expanded=true]");
    button?.closest("tr")?.scrollIntoView({ block: "center" });
    button?.focus({ preventScroll: true });
  }

  private nothing(): HTMLTableRowElement {
    return h(
      "tr",
      { class: "nothing", role: "row" },
      h(
        "td",
        { colspan: this.heads.size, role: "cell" },
        h("p", {}, this.model.rows.length ? "No finding matches." : "Nothing is open, and nothing is waived."),
        this.model.isFiltered && h("button", { type: "button", class: "action", click: () => this.actions.clear() }, "Show all"),
      ),
    );
  }

  private row(row: Row, index: number, isOpen: boolean): HTMLTableRowElement[] {
    const button = h(
      "button",
      {
        type: "button",
        class: "opener",
        "aria-expanded": String(isOpen),
        "aria-controls": isOpen ? `opened-${index}` : null,
        click: (event) => {
          event.stopPropagation();
          this.actions.open(isOpen ? null : row);
        },
      },
      row.rule,
    );
    button.dataset["fingerprint"] = row.fingerprint;
    const element = h(
      "tr",
      {
        role: "row",
        class: `finding ${row.status === "to mend" ? "mend" : ""} ${LIVE.includes(row.status) ? "" : "ended"} ${isOpen ? "open" : ""}`,
        click: () => {
          // Whoever marks text with the mouse wants to copy it.
          if (!getSelection()?.toString()) this.actions.open(isOpen ? null : row);
        },
      },
      cell("severity", severity(row)),
      cell(
        "status",
        h("span", { class: "strong" }, row.status),
        row.unknown && h("span", { class: "badge blind" }, "not known"),
        row.change && row.change !== row.status && h("span", { class: "badge new" }, row.change),
      ),
      cell("rule", button),
      cell("resource", row.resource || "whole stack"),
      cell("stack", brokenName(row.stack)),
      cell("owner", row.groups.owner ? brokenName(row.groups.owner) : h("span", { class: "quiet" }, "none")),
      cell("message", row.path && h("code", { class: "path" }, brokenPath(row.path)), h("span", { class: "message" }, row.message)),
      cell("first_seen", h("span", {}, day(row.first_seen)), h("span", { class: "quiet" }, `to ${day(row.last_seen)}`)),
    );
    return isOpen ? [element, this.opened(row, index)] : [element];
  }

  private opened(row: Row, index: number): HTMLTableRowElement {
    const { about } = row;
    const [copy, copied] = copyLink(this.actions.linkTo(row), (text) => this.actions.say(text));
    const others = this.model.on(row.urn || row.stack).length - 1;
    return h(
      "tr",
      { class: "opened", role: "row", id: `opened-${index}` },
      h(
        "td",
        { colspan: this.heads.size, role: "cell" },
        h("h3", {}, about.title),
        h("p", { class: "said" }, row.path && h("code", {}, row.path), row.path && " ", row.message),
        row.unknown && h("p", { class: "fix" }, h("strong", {}, "Not known any more: "), row.unknown),
        about.remedy && h("p", { class: "fix" }, h("strong", {}, "Fix: "), prose(about.remedy)),
        about.why && h("p", {}, h("strong", {}, "Why: "), prose(about.why)),
        row.waiver_expires &&
          h(
            "p",
            { class: "fix" },
            h("strong", {}, "Waived"),
            ` until ${row.waiver_expires} by ${row.waiver_owner || "nobody who is named"}`,
            row.waiver_reason && `: ${row.waiver_reason}`,
            row.waiver_ticket && ` (${row.waiver_ticket})`,
            row.waiver_approved_by && `, approved by ${row.waiver_approved_by}`,
          ),
        row.exception && h("p", { class: "fix" }, h("strong", {}, `Exception ${row.exception}`), `, no last day: ${row.exception_reason}`),
        h(
          "dl",
          {},
          ...fact("Resource", row.resource || "whole stack"),
          ...fact("Stack", row.stack, standing(this.stacks.get(row.stack))),
          ...fact("Owner", row.groups.owner || "none, by its tags"),
          ...fact("Team", row.groups.team),
          ...fact("Cost centre", row.groups["cost-center"]),
          ...fact("Environment", row.groups.environment),
          ...fact("Platform", row.groups.platform),
          ...fact("Type", row.type),
          ...fact("URN", row.urn),
          ...fact("First seen", `${when(row.first_seen)}${row.because && `: ${row.because}`}`),
          ...fact("Last seen", when(row.last_seen)),
          ...fact("Waived since", row.waived_since && when(row.waived_since)),
          ...fact("Mended", row.mended && when(row.mended)),
          ...fact("Returned", row.returned && when(row.returned)),
          ...fact("Severity", `${row.severity}, ${row.enforcement}`),
          ...fact("Since the compared audit", row.change),
          ...fact("Fingerprint", row.fingerprint),
        ),
        h(
          "p",
          { class: "actions" },
          h("button", { type: "button", class: "action", click: () => this.actions.resource(row) }, others ? `All ${count(others + 1)} findings of this resource` : "Only this resource"),
          copy,
          sourceLink(about),
          about.why && h("span", { class: "quiet" }, "More of the rule: ", h("code", {}, `poolgate explain ${row.rule}`)),
          copied,
        ),
      ),
    );
  }
}

/** What is known of one resource, over all audits. */
export function resourceCard(rows: Row[], stack: Stack | undefined): HTMLElement | null {
  const [first] = rows;
  if (!first) return null;
  const of = (...statuses: string[]): string => count(rows.filter((row) => statuses.includes(row.status)).length);
  const seen = rows.map((row) => row.first_seen).reduce((a, b) => (a < b ? a : b));
  return h(
    "section",
    { class: "card resource", "aria-label": "One resource" },
    h("h3", {}, first.resource || first.stack),
    h(
      "p",
      {},
      `${of("to mend")} to mend, ${of("advisory")} advisory, ${of("waived")} waived, ${of("mended")} mended, ${of("no longer asked")} no longer asked; first finding ${day(seen)}`,
    ),
    h(
      "dl",
      {},
      ...fact("Stack", first.stack, standing(stack)),
      ...fact("Owner", first.groups.owner || "none, by its tags"),
      ...fact("Team", first.groups.team),
      ...fact("Cost centre", first.groups["cost-center"]),
      ...fact("Environment", first.groups.environment),
      ...fact("Platform", first.groups.platform),
      ...fact("Type", first.type),
      ...fact("URN", first.urn),
    ),
  );
}

function standing(stack: Stack | undefined): string {
  if (!stack || stack.standing === "read") return "";
  return `${stack.standing} since ${stack.since ? day(stack.since) : "ever"}, last read ${stack.last_read ? day(stack.last_read) : "never"}`;
}
