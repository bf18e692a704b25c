/** What findings have in common, as a chart, and as a list that says the same and needs no pointer. */

import { BarChart, type Bar } from "./chart";
import { count, h } from "../shared/dom";
import type { Facet, Findings } from "./model";

const SHOWN = 7;
const LISTED = 100;
const MANY = 12;

export interface FacetTexts {
  title: string;
  one: string;
  /** What stands for a finding that has no value. */
  none: string;
}

export class FacetView {
  readonly element: HTMLElement;
  private readonly chart: BarChart;
  private readonly canvas: HTMLCanvasElement;
  private readonly list: HTMLTableSectionElement;
  private readonly more: HTMLElement;
  private readonly narrow: HTMLInputElement;
  private readonly details: HTMLDetailsElement;
  private readonly summary: HTMLElement;

  constructor(
    private readonly model: Findings,
    private readonly facet: Facet,
    private readonly texts: FacetTexts,
    private readonly toggle: (facet: Facet, value: string) => void,
    colourOf: (value: string) => string,
  ) {
    this.canvas = h("canvas", { role: "img" });
    this.list = h("tbody");
    this.more = h("p", { class: "quiet", hidden: true });
    this.narrow = h("input", { type: "search", placeholder: `Find ${texts.one}`, "aria-label": `Find ${texts.one}` });
    this.narrow.addEventListener("input", () => this.drawList());
    this.summary = h("summary");
    this.details = h(
      "details",
      { class: "values", toggle: () => this.drawList() },
      this.summary,
      this.narrow,
      h(
        "div",
        { class: "scroll" },
        h(
          "table",
          {},
          h("caption", { class: "unseen" }, `Findings by ${texts.title.toLowerCase()}`),
          h("thead", {}, h("tr", {}, h("th", { scope: "col" }, texts.title), h("th", { scope: "col" }, "Findings"))),
          this.list,
        ),
      ),
      this.more,
    );
    this.element = h(
      "section",
      { class: "card", "aria-label": `Findings by ${texts.title.toLowerCase()}` },
      h("h3", {}, texts.title),
      h("div", { class: "canvas" }, this.canvas),
      this.details,
    );
    this.chart = new BarChart(this.canvas, colourOf, (value) => toggle(facet, value));
  }

  draw(): void {
    const bars = this.bars();
    const chosen = bars.filter((bar) => bar.isChosen);
    const top = bars.slice(0, SHOWN);
    // What is chosen is seen, however few findings have it.
    const shown = [...top, ...chosen.filter((bar) => !top.includes(bar)).slice(0, SHOWN)];
    this.chart.show(shown);
    const said = shown.map((bar) => `${bar.label} ${count(bar.number)}`).join(", ");
    this.canvas.setAttribute("aria-label", `Bar chart of findings by ${this.texts.title.toLowerCase()}: ${said || "none"}`);
    this.summary.textContent = bars.length > SHOWN ? `All ${count(bars.length)}, as a list` : "As a list";
    this.narrow.hidden = bars.length <= MANY;
    this.drawList();
  }

  private bars(): Bar[] {
    const counts = this.model.counts(this.facet);
    const absent = (this.model.chosen.filters[this.facet] ?? []).filter((value) => !counts.some(([other]) => other === value));
    return [...counts, ...absent.map((value): [string, number] => [value, 0])].map(([value, number]) => ({
      value,
      number,
      label: value || this.texts.none,
      isChosen: this.model.isChosen(this.facet, value),
    }));
  }

  /** The list is made when somebody opens it: of stacks there may be thousands. */
  private drawList(): void {
    if (!this.details.open) return;
    const active = document.activeElement;
    const focused = active instanceof HTMLElement && this.list.contains(active) ? active.dataset["value"] : undefined;
    const wanted = this.narrow.hidden ? "" : this.narrow.value.trim().toLowerCase();
    const bars = this.bars().filter((bar) => bar.label.toLowerCase().includes(wanted));
    this.list.replaceChildren(...bars.slice(0, LISTED).map((bar) => this.line(bar)));
    this.more.hidden = bars.length <= LISTED;
    this.more.textContent = `and ${count(bars.length - LISTED)} more`;
    if (focused === undefined) return;
    [...this.list.querySelectorAll("button")].find((button) => button.dataset["value"] === focused)?.focus();
  }

  private line(bar: Bar): HTMLTableRowElement {
    const button = h(
      "button",
      { type: "button", class: "value", "aria-pressed": String(bar.isChosen), click: () => this.toggle(this.facet, bar.value) },
      bar.label,
    );
    button.dataset["value"] = bar.value;
    return h("tr", {}, h("th", { scope: "row" }, button), h("td", {}, count(bar.number)));
  }
}
