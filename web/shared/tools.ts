/** What one chooses from the rows of a table with: a search, lists, the order, what is chosen already, and its pages. */

import { count, counted, h } from "./dom";
import { PAGE_SIZES, type Model, type State } from "./model";

const TYPING = 120;

export interface Texts<Facet extends string, Sort extends string> {
  placeholder: string;
  /** The lists, each with what stands for no choice. */
  lists: readonly (readonly [facet: Facet, any: string])[];
  sorts: Record<Sort, string>;
  /** What the order is called that nobody chose. */
  unsorted: string;
  /** What a facet is called, where not by its own name. */
  facets?: Partial<Record<Facet, string>>;
  /** How a value of a facet is told. */
  told?(facet: Facet, value: string): string;
}

export interface Changes<Facet extends string, Sort extends string> {
  choose(change: Partial<State<Facet, Sort>>): void;
  clear(): void;
  /** Another page of the same rows. */
  turned(said: string): void;
}

export class Tools<Row, Facet extends string, Sort extends string, Item> {
  readonly form: HTMLElement;
  readonly line: HTMLElement;
  readonly pager = h("nav", { class: "pager", "aria-label": "Pages" });
  private readonly status = h("p", { role: "status", class: "matching" });
  private readonly chips = h("ul", { class: "chips", "aria-label": "What is chosen" });
  private readonly search: HTMLInputElement;
  private readonly selects: [Facet, HTMLSelectElement][];
  private readonly sortBy: HTMLSelectElement;

  constructor(
    private readonly model: Model<Row, Facet, Sort, Item>,
    private readonly texts: Texts<Facet, Sort>,
    private readonly changes: Changes<Facet, Sort>,
  ) {
    this.search = h("input", { type: "search", id: "search", placeholder: texts.placeholder, autocomplete: "off", spellcheck: "false" });
    this.selects = texts.lists.map(([facet, any]) => this.select(facet, any));
    this.sortBy = h(
      "select",
      { id: "sort", change: () => changes.choose({ sort: (this.sortBy.value || null) as Sort | null, descending: false }) },
      h("option", { value: "" }, texts.unsorted),
      ...model.shape.sorts.map((id) => h("option", { value: id }, texts.sorts[id])),
    );
    let typing = 0;
    this.search.addEventListener("input", () => {
      clearTimeout(typing);
      typing = setTimeout(() => changes.choose({ query: this.search.value }), TYPING);
    });
    this.form = h(
      "form",
      { class: "tools", role: "search", "aria-label": "Findings", submit: (event) => event.preventDefault() },
      h("div", { class: "grow" }, h("label", { for: "search" }, "Search"), this.search),
      ...this.selects.map(([id, select]) => h("div", {}, h("label", { for: id }, capital(this.nameOf(id))), select)),
      h("div", {}, h("label", { for: "sort" }, "Sorted by"), this.sortBy),
    );
    this.line = h("div", { class: "line" }, this.status, this.chips);
  }

  focus(): void {
    this.search.focus();
  }

  /** Shows what is chosen, and how much there is of it. */
  draw(): void {
    const { filters, query, sort } = this.model.chosen;
    if (this.search.value.trim() !== query.trim()) this.search.value = query;
    for (const [id, select] of this.selects) this.fill(id, select);
    this.sortBy.value = sort ?? "";
    const chips = this.model.shape.facets.flatMap((facet) =>
      (filters[facet] ?? []).map((value) => this.chip(`${this.nameOf(facet)}: ${this.told(facet, value) || "none"}`, () => this.remove(facet, value))),
    );
    if (query.trim()) chips.unshift(this.chip(`“${query.trim()}”`, () => this.changes.choose({ query: "" })));
    if (chips.length) chips.push(h("li", {}, h("button", { type: "button", class: "action", click: () => this.changes.clear() }, "Show all")));
    this.chips.replaceChildren(...chips);
    this.chips.hidden = !chips.length;
    const all = this.model.rows.length;
    this.status.textContent = this.model.isFiltered ? `${count(this.model.matching)} of ${counted(all, "finding")}` : counted(all, "finding");
  }

  drawPager(): void {
    const { pageIndex, pages } = this.model;
    const focused = document.activeElement?.id ?? "";
    const turn = (id: string, text: string, to: number): HTMLButtonElement =>
      h("button", { type: "button", id, class: "action", disabled: to < 0 || to >= pages || to === pageIndex, click: () => this.turn(to) }, text);
    const size = h(
      "select",
      { id: "size", change: () => ((this.model.pageSize = Number(size.value)), this.changes.turned("")) },
      ...PAGE_SIZES.map((number) => h("option", { value: number, selected: number === this.model.pageSize }, count(number))),
    );
    this.pager.replaceChildren(
      turn("first", "First", 0),
      turn("previous", "Previous", pageIndex - 1),
      h("span", {}, `Page ${count(pageIndex + 1)} of ${count(pages)}`),
      turn("next", "Next", pageIndex + 1),
      turn("last", "Last", pages - 1),
      h("label", { for: "size" }, "Rows"),
      size,
    );
    this.pager.hidden = this.model.lines <= PAGE_SIZES[0];
    if (this.pager.contains(document.getElementById(focused))) document.getElementById(focused)?.focus();
  }

  private turn(to: number): void {
    this.model.pageIndex = to;
    this.changes.turned(`Page ${count(to + 1)}`);
  }

  private nameOf(facet: Facet): string {
    return this.texts.facets?.[facet] ?? facet;
  }

  private told(facet: Facet, value: string): string {
    return this.texts.told?.(facet, value) ?? value;
  }

  private remove(facet: Facet, value: string): void {
    this.model.toggle(facet, value);
    this.changes.choose({});
  }

  private chip(text: string, remove: () => void): HTMLLIElement {
    return h("li", {}, h("button", { type: "button", class: "chip", "aria-label": `Remove ${text}`, click: remove }, text));
  }

  private select(facet: Facet, any: string): [Facet, HTMLSelectElement] {
    const choose = (): void =>
      this.changes.choose({ filters: { ...this.model.chosen.filters, [facet]: select.value ? [select.value] : [] } as State<Facet, Sort>["filters"] });
    const select = h("select", { id: facet, change: choose }, h("option", { value: "" }, any));
    return [facet, select];
  }

  private fill(facet: Facet, select: HTMLSelectElement): void {
    const chosen = this.model.chosen.filters[facet]?.[0] ?? "";
    const counts = this.model.counts(facet).filter(([value]) => value);
    if (chosen && !counts.some(([value]) => value === chosen)) counts.push([chosen, 0]);
    select.replaceChildren(
      select.options[0]!,
      ...counts.map(([value, number]) => h("option", { value }, `${this.told(facet, value)} (${count(number)})`)),
    );
    select.value = chosen;
  }
}

function capital(text: string): string {
  return text[0]!.toUpperCase() + text.slice(1);
}
