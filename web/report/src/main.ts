/** Puts the page together, and keeps what it shows in step with what is chosen. */

import { adoptStyle } from "./chart";
import { readData, STATUSES, type Data, type Row, type Rule } from "./data";
import { count, counted, h, prose } from "./dom";
import { FacetView } from "./facet";
import { FindingsTable, sourceLink } from "./findings";
import { readLink, writeLink } from "./link";
import { Model, PAGE_SIZES, SORTS, type Facet, type Sort, type State } from "./model";

const TYPING = 120;
/** As many findings are printed; more of them are a book that nobody reads. */
const PRINTED = 1000;
/** As many things that were passed over are named; the rest is counted, and in the JSON report. */
const NAMED = 1000;
const NARROW = "(max-width: 47.99rem)";

const SORT_NAMES: Record<Sort, string> = {
  severity: "Severity",
  status: "Status",
  rule: "Rule",
  resource: "Resource",
  stack: "Stack",
  owner: "Owner",
  path: "Path",
  message: "Message",
  place: "Place",
};

class Page {
  private readonly model: Model;
  private readonly table: FindingsTable;
  private readonly facets: FacetView[];
  private readonly status = h("p", { role: "status", class: "matching" });
  private readonly spoken = h("p", { role: "status", class: "unseen" });
  private readonly tiles = h("div", { class: "tiles", role: "group", "aria-label": "Findings by status" });
  private readonly chips = h("ul", { class: "chips", "aria-label": "What is chosen" });
  private readonly search: HTMLInputElement;
  private readonly selects: [Facet, HTMLSelectElement][];
  private readonly sortBy: HTMLSelectElement;
  private readonly pager = h("nav", { class: "pager", "aria-label": "Pages" });
  private readonly rules = new Map<Rule, HTMLDetailsElement>();
  private open: Row | null = null;

  constructor(private readonly data: Data) {
    this.model = new Model(data.rows);
    this.table = new FindingsTable(this.model, {
      sort: (by) => this.sort(by),
      open: (row) => this.show(row),
      showRule: (rule) => this.showRule(rule),
      linkTo: (row) => new URL(this.linkTo(row), location.href).href,
      clear: () => this.clear(),
      say: (text) => (this.spoken.textContent = text),
    });
    const toggle = (facet: Facet, value: string): void => this.toggle(facet, value);
    const one = (): string => "--bar";
    this.facets = [
      new FacetView(this.model, "severity", { title: "Severity", one: "a severity", none: "none" }, toggle, (value) => `--bar-${value}`),
      new FacetView(this.model, "rule", { title: "Rule", one: "a rule", none: "none" }, toggle, one),
      new FacetView(this.model, "owner", { title: "Owner", one: "an owner", none: "no owner" }, toggle, one),
      new FacetView(this.model, "stack", { title: "Stack", one: "a stack", none: "no stack" }, toggle, one),
    ];
    this.search = h("input", { type: "search", id: "search", placeholder: "Rule, resource, value, owner …", autocomplete: "off", spellcheck: "false" });
    this.selects = [
      this.select("outcome", "Any outcome"),
      this.select("enforcement", "Any enforcement"),
      ...(data.change ? [this.select("change", "New and old")] : []),
    ];
    this.sortBy = h(
      "select",
      { id: "sort", change: () => this.choose({ sort: (this.sortBy.value || null) as Sort | null, descending: false }) },
      h("option", { value: "" }, "What matters most"),
      ...SORTS.map((id) => h("option", { value: id }, SORT_NAMES[id])),
    );
  }

  start(): void {
    document.getElementById("app")?.replaceWith(
      h("a", { href: "#findings", class: "skip", click: (event) => this.skip(event) }, "Skip to the findings"),
      this.header(),
      h("main", {}, this.overview(), this.findings(), this.glossary()),
      h("footer", {}, h("p", { class: "quiet" }, `poolgate ${this.data.version}. This page is complete: it loads nothing.`)),
    );
    adoptStyle();
    this.follow();
    this.listen();
  }

  // What there is

  private header(): HTMLElement {
    const { data } = this;
    const facts = [
      data.edits && h("strong", {}, data.edits),
      counted(data.stacks, "stack"),
      `${data.pools} of ${counted(data.resources, "resource")} judged`,
      `${counted(data.clean, "judgement")} clean`,
      data.known && `${count(data.known.number)} known from the baseline and left out${data.known.changed ? `, ${count(data.known.changed)} of them with a milder value` : ""}`,
      data.fail_on && `fails from severity ${data.fail_on}`,
    ].filter((fact): fact is string | HTMLElement => Boolean(fact));
    const started = new Date(data.started);
    return h(
      "header",
      {},
      h("h1", {}, data.title),
      h("p", { class: "summary" }, ...facts.flatMap((fact, index) => (index ? [" · ", fact] : [fact]))),
      h("p", { class: "quiet" }, Number.isNaN(started.getTime()) ? "" : `Run of ${started.toISOString().slice(0, 16).replace("T", " ")} UTC`),
      data.headline && h("p", { class: "headline", role: "alert" }, prose(data.headline)),
      ...data.notes.map((note) => h("p", { class: "note" }, prose(note))),
      this.passedOver(),
      this.difference(),
      this.tiles,
    );
  }

  /** What was met and not judged: no verdict covers it. */
  private passedOver(): HTMLElement | null {
    const { passed_over } = this.data;
    if (!passed_over.length) return null;
    const counts = new Map<string, number>();
    for (const [kind] of passed_over) counts.set(kind, (counts.get(kind) ?? 0) + 1);
    const said = [...counts].map(([kind, number]) => counted(number, kind)).join(", ");
    const lines = passed_over.slice(0, NAMED).map(([kind, name, why]) => h("li", {}, `${kind} `, h("code", {}, name), ": ", prose(why)));
    const rest = passed_over.length - lines.length;
    return h(
      "details",
      { class: "gone" },
      h("summary", {}, `Passed over and not judged: ${said}`),
      h("h2", {}, "Passed over"),
      h("ul", {}, ...lines),
      rest > 0 && h("p", {}, `and ${count(rest)} more`),
    );
  }

  private difference(): HTMLElement | null {
    const { change } = this.data;
    if (!change) return null;
    const said = `Against the base: ${count(change.new)} new, ${count(change.gone)} gone, ${count(change.changed)} changed, ${count(change.kept)} kept.`;
    if (!change.gone) return h("p", {}, said);
    const lines = change.gone_first.map(([rule, stack, name, path, message]) =>
      h("li", {}, h("strong", {}, rule), ` ${[stack, name].filter(Boolean).join(" ")}: `, path && h("code", {}, path), path && ": ", message),
    );
    const rest = change.gone - lines.length;
    return h(
      "details",
      { class: "gone" },
      h("summary", {}, said),
      h("h2", {}, "Gone"),
      h("ul", {}, ...lines),
      rest > 0 && h("p", {}, `and ${count(rest)} more`),
    );
  }

  private overview(): HTMLElement {
    const open = !matchMedia(NARROW).matches;
    return h(
      "section",
      { "aria-labelledby": "overview" },
      h(
        "details",
        { class: "overview", open, toggle: () => this.drawFacets() },
        h("summary", {}, h("h2", { id: "overview" }, "Overview")),
        h("p", { class: "quiet hint" }, "Choose a bar, or a value in a list, to see only its findings."),
        h("div", { class: "cards" }, ...this.facets.map((facet) => facet.element)),
      ),
    );
  }

  private findings(): HTMLElement {
    return h(
      "section",
      { "aria-labelledby": "findings", class: "main" },
      h("h2", { id: "findings", tabindex: -1 }, "Findings"),
      h(
        "form",
        { class: "tools", role: "search", "aria-label": "Findings", submit: (event) => event.preventDefault() },
        h("div", { class: "grow" }, h("label", { for: "search" }, "Search"), this.search),
        ...this.selects.map(([id, select]) => h("div", {}, h("label", { for: id }, id[0]!.toUpperCase() + id.slice(1)), select)),
        h("div", {}, h("label", { for: "sort" }, "Sorted by"), this.sortBy),
      ),
      h("div", { class: "line" }, this.status, this.chips),
      this.spoken,
      h("div", { class: "frame" }, this.table.element),
      this.pager,
    );
  }

  /** What is known of the rules, so that nobody has to leave the page to read it. */
  private glossary(): HTMLElement {
    const entries = [...this.data.rules].sort((a, b) => a.id.localeCompare(b.id)).map((rule) => {
      const entry = h(
        "details",
        { class: "rule" },
        h("summary", {}, h("span", { class: "strong" }, rule.id), " ", h("span", { class: "quiet" }, rule.title)),
        rule.why && h("p", {}, prose(rule.why)),
        rule.remedy && h("p", {}, h("strong", {}, "Fix: "), prose(rule.remedy)),
        rule.tags.length > 0 && h("p", { class: "quiet" }, rule.tags.join(", ")),
        h(
          "p",
          { class: "actions" },
          h("button", { type: "button", class: "action", click: () => this.only(rule) }, "Its findings"),
          sourceLink(rule),
        ),
      );
      this.rules.set(rule, entry);
      return entry;
    });
    return h("section", { "aria-labelledby": "rules" }, h("h2", { id: "rules" }, "Rules"), ...entries, !entries.length && h("p", {}, "No rule has a finding."));
  }

  // What is chosen

  private listen(): void {
    let typing = 0;
    this.search.addEventListener("input", () => {
      clearTimeout(typing);
      typing = setTimeout(() => this.choose({ query: this.search.value }), TYPING);
    });
    addEventListener("hashchange", () => this.follow());
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
      adoptStyle();
      this.drawFacets();
    });
    let drawing = 0;
    addEventListener("resize", () => {
      cancelAnimationFrame(drawing);
      drawing = requestAnimationFrame(() => this.drawFacets());
    });
    let size = this.model.pageSize;
    // Paper is white: the charts, which are pictures, take the light colours before.
    const print = (isPrinting: boolean): void => {
      if (isPrinting) size = this.model.pageSize;
      this.model.pageSize = isPrinting ? PRINTED : size;
      document.documentElement.toggleAttribute("data-printing", isPrinting);
      this.table.print(isPrinting);
      adoptStyle();
      this.drawFacets();
      this.drawTable();
    };
    addEventListener("beforeprint", () => print(true));
    addEventListener("afterprint", () => print(false));
  }

  /** Shows what the address says. */
  private follow(): void {
    const link = readLink(location.hash);
    this.model.choose(link);
    this.search.value = link.query;
    const row = link.finding ? this.data.rows.find((other) => other.fingerprint === link.finding) : undefined;
    this.open = row ?? null;
    if (row && !this.model.goTo(row.fingerprint)) {
      this.model.choose({ query: "", filters: {} });
      this.model.goTo(row.fingerprint);
    }
    this.draw();
    if (row) this.table.reveal();
    if (link.finding && !row) this.spoken.textContent = "The finding of this link is not in this report.";
  }

  private linkTo(row: Row | null): string {
    return writeLink({ ...this.model.chosen, finding: row?.fingerprint ?? "" }) || "#";
  }

  private choose(change: Partial<State>): void {
    this.model.choose(change);
    this.open = null;
    this.draw();
    this.remember();
  }

  private toggle(facet: Facet, value: string): void {
    this.model.toggle(facet, value);
    this.choose({});
  }

  private clear(): void {
    this.search.value = "";
    this.choose({ query: "", filters: {} });
    this.search.focus();
  }

  private only(rule: Rule): void {
    this.choose({ query: (this.search.value = ""), filters: { rule: [rule.id] } });
    document.getElementById("findings")?.focus();
  }

  private sort(by: Sort): void {
    const { sort, descending } = this.model.chosen;
    if (sort !== by) this.choose({ sort: by, descending: false });
    else if (!descending) this.choose({ descending: true });
    else this.choose({ sort: null, descending: false });
  }

  private show(row: Row | null): void {
    const focused = (document.activeElement as HTMLElement | null)?.dataset["fingerprint"];
    this.open = row;
    this.drawTable();
    this.remember();
    const again = row?.fingerprint ?? focused;
    const openers = [...this.table.element.querySelectorAll<HTMLButtonElement>("button.opener")];
    openers.find((button) => button.dataset["fingerprint"] === again)?.focus({ preventScroll: true });
  }

  private showRule(rule: Rule): void {
    const entry = this.rules.get(rule);
    if (!entry) return;
    entry.open = true;
    entry.scrollIntoView({ block: "start" });
    entry.querySelector("summary")?.focus({ preventScroll: true });
  }

  private skip(event: Event): void {
    event.preventDefault();
    document.getElementById("findings")?.focus();
  }

  private remember(): void {
    history.replaceState(null, "", this.linkTo(this.open));
  }

  // What is shown

  private draw(): void {
    this.drawFacets();
    this.drawTiles();
    this.drawTools();
    this.drawTable();
  }

  private drawFacets(): void {
    for (const facet of this.facets) facet.draw();
  }

  private drawTiles(): void {
    const counts = new Map(this.model.counts("status"));
    const focused = (document.activeElement as HTMLElement | null)?.dataset["status"];
    this.tiles.replaceChildren(
      ...STATUSES.map((status) => {
        const tile = h(
          "button",
          {
            type: "button",
            class: `tile ${status.replace(" ", "-")}`,
            "aria-pressed": String(this.model.isChosen("status", status)),
            click: () => this.toggle("status", status),
          },
          h("span", { class: "number" }, count(counts.get(status) ?? 0)),
          " ",
          h("span", {}, status),
        );
        tile.dataset["status"] = status;
        return tile;
      }),
    );
    if (focused) [...this.tiles.querySelectorAll("button")].find((tile) => tile.dataset["status"] === focused)?.focus();
  }

  private drawTools(): void {
    const { filters, query, sort } = this.model.chosen;
    for (const [id, select] of this.selects) this.fill(id, select);
    this.sortBy.value = sort ?? "";
    const chips = Object.entries(filters).flatMap(([facet, values]) =>
      values.map((value) => this.chip(`${facet}: ${value || "none"}`, () => this.toggle(facet as Facet, value))),
    );
    if (query.trim()) chips.unshift(this.chip(`“${query.trim()}”`, () => this.choose({ query: (this.search.value = "") })));
    if (chips.length) chips.push(h("li", {}, h("button", { type: "button", class: "action", click: () => this.clear() }, "Show all")));
    this.chips.replaceChildren(...chips);
    this.chips.hidden = !chips.length;
    const all = this.data.rows.length;
    this.status.textContent = this.model.isFiltered ? `${count(this.model.matching)} of ${counted(all, "finding")}` : counted(all, "finding");
  }

  private chip(text: string, remove: () => void): HTMLLIElement {
    return h("li", {}, h("button", { type: "button", class: "chip", "aria-label": `Remove ${text}`, click: remove }, text));
  }

  private select(facet: Facet, any: string): [Facet, HTMLSelectElement] {
    const select = h(
      "select",
      { id: facet, change: () => this.choose({ filters: { ...this.model.chosen.filters, [facet]: select.value ? [select.value] : [] } }) },
      h("option", { value: "" }, any),
    );
    return [facet, select];
  }

  private fill(facet: Facet, select: HTMLSelectElement): void {
    const chosen = this.model.chosen.filters[facet]?.[0] ?? "";
    const counts = this.model.counts(facet).filter(([value]) => value);
    if (chosen && !counts.some(([value]) => value === chosen)) counts.push([chosen, 0]);
    select.replaceChildren(
      select.options[0]!,
      ...counts.map(([value, number]) => h("option", { value }, `${value} (${count(number)})`)),
    );
    select.value = chosen;
  }

  private drawTable(): void {
    this.table.draw(this.open);
    this.drawPager();
  }

  private drawPager(): void {
    const { pageIndex, pages } = this.model;
    const focused = document.activeElement?.id ?? "";
    const turn = (id: string, text: string, to: number): HTMLButtonElement =>
      h("button", { type: "button", id, class: "action", disabled: to < 0 || to >= pages || to === pageIndex, click: () => this.turn(to) }, text);
    const size = h(
      "select",
      { id: "size", change: () => ((this.model.pageSize = Number(size.value)), this.drawTable()) },
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
    this.open = null;
    this.drawTable();
    this.remember();
    this.spoken.textContent = `Page ${count(to + 1)}`;
    document.getElementById("findings")?.scrollIntoView();
  }
}

new Page(readData()).start();
document.documentElement.dataset["ready"] = "yes";
performance.mark("ready");
