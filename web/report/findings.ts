/** The table of findings, a page of it at a time, and what is shown of one that is opened. */

import type { Row, Rule } from "./data";
import { brokenName, brokenPath, count, counted, h, prose } from "../shared/dom";
import { cell, copyLink, fact, severity, sourceLink } from "../shared/parts";
import type { Findings, Group, Said, Sort } from "./model";

const HEADINGS: readonly [Sort, string][] = [
  ["severity", "Severity"],
  ["status", "Status"],
  ["rule", "Rule"],
  ["resource", "Resource"],
  ["stack", "Stack"],
  ["owner", "Owner"],
  ["message", "Finding"],
  ["place", "Place"],
];

/** As many resources are named of those that the same is said of. */
const NAMED = 3;
const NAMED_WHEN_OPEN = 50;

export interface Actions {
  sort(by: Sort): void;
  open(row: Row | null): void;
  showRule(rule: Rule): void;
  linkTo(row: Row): string;
  clear(): void;
  say(text: string): void;
}

export class FindingsTable {
  readonly element: HTMLTableElement;
  private readonly body = h("tbody", { role: "rowgroup" });
  private readonly heads = new Map<Sort, HTMLTableCellElement>();
  private readonly hasPlaces: boolean;
  /** The lines of which all findings are shown, by their numbers. */
  private readonly unfolded = new Set<number>();
  private isPrinting = false;

  constructor(
    private readonly model: Findings,
    private readonly actions: Actions,
  ) {
    // What is found in states stands in no file.
    this.hasPlaces = model.rows.some((row) => row.place);
    const heads = HEADINGS.filter(([id]) => this.hasPlaces || id !== "place").map(([id, title]) => {
      const head = h(
        "th",
        { scope: "col", role: "columnheader", class: `c-${id}` },
        h("button", { type: "button", click: () => actions.sort(id) }, title),
      );
      this.heads.set(id, head);
      return head;
    });
    this.element = h(
      "table",
      { class: "findings", role: "table" },
      h("caption", { class: "unseen" }, "Findings. The name of a rule opens what is known of the finding."),
      h("thead", { role: "rowgroup" }, h("tr", { role: "row" }, ...heads)),
      this.body,
    );
  }

  draw(open: Row | null): void {
    const { sort, descending } = this.model.chosen;
    for (const [id, head] of this.heads) {
      if (id === sort) head.setAttribute("aria-sort", descending ? "descending" : "ascending");
      else head.removeAttribute("aria-sort");
    }
    const groups = this.model.page;
    if (!groups.length) {
      this.body.replaceChildren(this.nothing());
      return;
    }
    this.body.replaceChildren(...groups.flatMap((group, index) => this.group(group, index, open)));
  }

  /** Shows all that there is, for paper cannot be unfolded. */
  print(isPrinting: boolean): void {
    this.isPrinting = isPrinting;
  }

  /** What one edit mends: what it is first of all, and the rest of it when somebody wants to know. */
  private group(group: Group, index: number, open: Row | null): HTMLTableRowElement[] {
    const [first, ...rest] = group;
    const line = first[0].line;
    const isOpenBelow = open !== null && rest.some((said) => said.includes(open));
    const isUnfolded = this.isPrinting || isOpenBelow || (line !== null && this.unfolded.has(line));
    const shown = isUnfolded ? group : [first];
    return shown.flatMap((said, number) => {
      const isOpen = open !== null && said.includes(open);
      const name = `${index}-${number}`;
      const fold = number === 0 && rest.length && !this.isPrinting ? this.fold(line!, rest, isUnfolded, open) : null;
      const row = this.row(said, isOpen ? open : said[0], name, isOpen, number > 0, fold);
      return isOpen ? [row, this.opened(said, open, name)] : [row];
    });
  }

  private fold(line: number, rest: Said[], isUnfolded: boolean, open: Row | null): HTMLElement {
    const number = rest.reduce((sum, said) => sum + said.length, 0);
    const button = h(
      "button",
      {
        type: "button",
        class: "fold",
        "aria-expanded": String(isUnfolded),
        click: (event) => {
          event.stopPropagation();
          if (isUnfolded) this.unfolded.delete(line);
          else this.unfolded.add(line);
          if (isUnfolded && open && rest.some((said) => said.includes(open))) this.actions.open(null);
          else this.draw(open);
          [...this.body.querySelectorAll<HTMLButtonElement>("button.fold")].find((one) => one.dataset["line"] === String(line))?.focus();
        },
      },
      `${count(number)} more ${number === 1 ? "finding" : "findings"} of this line`,
    );
    button.dataset["line"] = String(line);
    return button;
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
        h("p", {}, this.model.rows.length ? "No finding matches." : "Nothing was found."),
        this.model.isFiltered && h("button", { type: "button", class: "action", click: () => this.actions.clear() }, "Show all"),
      ),
    );
  }

  private row(said: Said, row: Row, name: string, isOpen: boolean, follows: boolean, fold: HTMLElement | null): HTMLTableRowElement {
    const button = h(
      "button",
      {
        type: "button",
        class: "opener",
        "aria-expanded": String(isOpen),
        "aria-controls": isOpen ? `opened-${name}` : null,
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
        class: `finding ${row.status === "to mend" ? "mend" : ""} ${isOpen ? "open" : ""} ${follows ? "follows" : ""}`,
        click: () => {
          // Whoever marks text with the mouse wants to copy it.
          if (!getSelection()?.toString()) this.actions.open(isOpen ? null : row);
        },
      },
      cell("severity", severity(row)),
      cell(
        "status",
        h("span", { class: "strong" }, row.status),
        h("span", { class: "quiet" }, `${row.outcome}, ${row.enforcement}`),
        row.change === "new" && h("span", { class: "badge new" }, "new"),
      ),
      cell("rule", button),
      cell("resource", ...listed(row, said, (one) => one.resource || "whole stack")),
      cell("stack", ...listed(row, said, (one) => one.stack || "none")),
      cell("owner", row.owner ? brokenName(row.owner) : h("span", { class: "quiet" }, "none")),
      cell(
        "message",
        row.path && h("code", { class: "path" }, brokenPath(row.path)),
        h("span", { class: "message" }, row.message),
        fold,
      ),
      this.hasPlaces && cell("place", row.place ? brokenName(row.place) : h("span", { class: "quiet" }, "not known")),
    );
    return element;
  }

  private opened(said: Said, row: Row, name: string): HTMLTableRowElement {
    const { about, waiver, exception } = row;
    const [copy, copied] = copyLink(this.actions.linkTo(row), (text) => this.actions.say(text));
    return h(
      "tr",
      { class: "opened", role: "row", id: `opened-${name}` },
      h(
        "td",
        { colspan: this.heads.size, role: "cell" },
        h("h3", {}, about.title),
        h("p", { class: "said" }, row.path && h("code", {}, row.path), row.path && " ", row.message),
        row.remedy && h("p", { class: "fix" }, h("strong", {}, "Fix: "), prose(row.remedy)),
        about.why && h("p", {}, h("strong", {}, "Why: "), prose(about.why)),
        waiver &&
          h(
            "p",
            { class: "fix" },
            h("strong", {}, "Waived"),
            ` until ${waiver.expires} by ${waiver.owner}: ${waiver.reason}`,
            waiver.ticket && ` (${waiver.ticket})`,
            waiver.approved_by && `, approved by ${waiver.approved_by}`,
          ),
        exception &&
          h("p", { class: "fix" }, h("strong", {}, "Exempted"), ` by ${exception.id}, no end date: ${exception.reason}`),
        h(
          "dl",
          {},
          ...fact("Resource", row.resource || "whole stack"),
          ...fact("Stack", row.stack),
          ...fact("Also of", ...others(row, said)),
          ...fact("Owner", row.owner || "none, by its tags"),
          ...fact("Team", row.team),
          ...fact("Cost centre", row.costCenter),
          ...fact("Environment", row.environment),
          ...fact("Type", row.type),
          ...fact("URN", row.urn),
          ...fact("Written at", row.place),
          ...fact("By way of", ...row.related),
          ...fact("May come from", ...row.from),
          ...fact("Severity", row.severity),
          ...fact("Outcome", `${row.outcome}, ${row.enforcement}`),
          ...fact("Since the base", row.change),
          ...fact("Met in", row.origin),
          ...fact("Fingerprint", row.fingerprint),
        ),
        h(
          "p",
          { class: "actions" },
          copy,
          h("button", { type: "button", class: "action", click: () => this.actions.showRule(about) }, "About the rule"),
          sourceLink(about),
          copied,
        ),
      ),
    );
  }
}

/** The names of what the same is said of, as many as there is room for. */
function listed(row: Row, said: Said, nameOf: (row: Row) => string): (Node | string)[] {
  const names = [...new Set([row, ...said].map(nameOf))];
  const shown = names.slice(0, NAMED).flatMap((name, index) => (index ? [", ", brokenName(name)] : [brokenName(name)]));
  return names.length > NAMED ? [...shown, ` and ${count(names.length - NAMED)} more`] : shown;
}

/** Of which other resources the same is said, when one of them is opened. */
function others(row: Row, said: Said): string[] {
  const names = said.filter((other) => other !== row).map((other) => [other.stack, other.resource].filter(Boolean).join(" "));
  const rest = names.length - NAMED_WHEN_OPEN;
  return rest > 0 ? [...names.slice(0, NAMED_WHEN_OPEN), `and ${counted(rest, "other")}`] : names;
}
