/** Whose it is and where: the groups of a dimension, each with its trend, as one table. */

import { brokenName, count, h } from "../shared/dom";
import { day, DIMENSIONS, type Data, type Dimension, type Group } from "./data";
import { spark } from "./spark";

const SHOWN = 12;
const MORE = 100;

export const TITLES: Record<Dimension, string> = {
  rule: "Rule",
  owner: "Owner",
  team: "Team",
  "cost-center": "Cost centre",
  environment: "Environment",
  platform: "Platform",
  stack: "Stack",
};

export interface Actions {
  by(dimension: Dimension): void;
  toggle(dimension: Dimension, value: string): void;
  isChosen(dimension: Dimension, value: string): boolean;
}

export class Groups {
  readonly element: HTMLElement;
  private readonly switches: [Dimension, HTMLButtonElement][];
  private readonly body = h("tbody", { role: "rowgroup" });
  private readonly named = h("th", { scope: "col", role: "columnheader", class: "g-name" });
  private readonly caption = h("caption", { class: "unseen" });
  private readonly narrow: HTMLInputElement;
  private readonly more: HTMLButtonElement;
  private by: Dimension = "owner";
  private shown = SHOWN;

  constructor(
    private readonly data: Data,
    private readonly actions: Actions,
  ) {
    this.switches = DIMENSIONS.map((name) => [name, h("button", { type: "button", click: () => actions.by(name) }, TITLES[name])]);
    this.narrow = h("input", { type: "search", placeholder: "Find one …", "aria-label": "Find one of them" });
    this.narrow.addEventListener("input", () => this.draw());
    this.more = h("button", { type: "button", class: "action", click: () => ((this.shown += MORE), this.draw()) });
    const heads = [["mend", "To mend"], ["open", "Open"], ["unknown", "Not known"], ["waived", "Waived"], ["worse", "New or back"], ["mended", "Mended"], ["oldest", "Oldest"]] as const;
    this.element = h(
      "section",
      { "aria-labelledby": "groups" },
      h("h2", { id: "groups" }, "Whose, and where"),
      h("div", { class: "heading" }, h("div", { class: "switch", role: "group", "aria-label": "Sum up by" }, ...this.switches.map(([, button]) => button)), this.narrow),
      h(
        "div",
        { class: "frame kept" },
        h(
          "table",
          { class: "groups", role: "table" },
          this.caption,
          h(
            "thead",
            { role: "rowgroup" },
            h(
              "tr",
              { role: "row" },
              this.named,
              h("th", { scope: "col", role: "columnheader", class: "g-trend" }, "Open, over all audits"),
              ...heads.map(([name, text]) => h("th", { scope: "col", role: "columnheader", class: `g-${name}` }, text)),
            ),
          ),
          this.body,
        ),
      ),
      this.more,
    );
  }

  show(by: Dimension): void {
    if (by !== this.by) {
      this.narrow.value = "";
      this.shown = SHOWN;
    }
    this.by = by;
    this.draw();
  }

  draw(): void {
    const focused = (document.activeElement as HTMLElement | null)?.dataset["group"];
    for (const [name, button] of this.switches) button.setAttribute("aria-pressed", String(name === this.by));
    const all = this.data.by[this.by];
    this.narrow.hidden = all.length <= SHOWN;
    const wanted = this.narrow.hidden ? "" : this.narrow.value.trim().toLowerCase();
    const groups = all.filter((group) => named(this.by, group.name).toLowerCase().includes(wanted));
    const first = groups.slice(0, this.shown);
    const chosen = groups.slice(this.shown).filter((group) => this.actions.isChosen(this.by, group.name));
    this.named.textContent = TITLES[this.by];
    this.caption.textContent = `Findings by ${TITLES[this.by].toLowerCase()}. A name shows only its findings, and its trend.`;
    this.body.replaceChildren(...[...first, ...chosen].map((group) => this.row(group)));
    if (!this.body.childElementCount) this.body.append(h("tr", { role: "row" }, h("td", { role: "cell", colspan: 9, class: "quiet" }, all.length ? "None is called so." : "Nothing was ever found.")));
    const rest = groups.length - first.length - chosen.length;
    this.more.hidden = rest <= 0;
    this.more.textContent = `Show ${count(Math.min(MORE, rest))} more of ${count(groups.length)}`;
    if (focused !== undefined) [...this.body.querySelectorAll("button")].find((button) => button.dataset["group"] === focused)?.focus();
  }

  private row(group: Group): HTMLTableRowElement {
    const isChosen = this.actions.isChosen(this.by, group.name);
    const button = h(
      "button",
      { type: "button", class: "value", "aria-pressed": String(isChosen), click: () => this.actions.toggle(this.by, group.name) },
      brokenName(named(this.by, group.name)),
    );
    button.dataset["group"] = group.name;
    const cell = (name: string, number: number, tone = ""): HTMLTableCellElement =>
      h("td", { role: "cell", class: `g-${name} ${number ? tone : "zero"}` }, count(number));
    return h(
      "tr",
      { role: "row", class: isChosen ? "chosen" : "" },
      h("th", { scope: "row", role: "rowheader", class: "g-name" }, button),
      h("td", { role: "cell", class: "g-trend" }, spark(group)),
      cell("mend", group.mandatory, "bad"),
      cell("open", group.open),
      cell("unknown", group.unknown, "blind"),
      cell("waived", group.waived),
      cell("worse", group.changes.new + group.changes.returned + group.changes["waiver ended"], "bad"),
      cell("mended", group.changes.mended, "good"),
      h("td", { role: "cell", class: "g-oldest" }, group.oldest ? day(group.oldest) : ""),
    );
  }
}

/** What a group is called, and one that has no name. */
export function named(by: Dimension, name: string): string {
  return name || `(no ${TITLES[by].toLowerCase()})`;
}
