/** Puts the page together, and keeps what it shows in step with what is chosen. */

import { count, counted, h, prose } from "../shared/dom";
import { readLink, writeLink } from "../shared/link";
import { sourceLink } from "../shared/parts";
import { adoptStyle } from "../shared/style";
import { Tools } from "../shared/tools";
import { readData, STATUSES, type Data, type Row, type Rule } from "./data";
import { FacetView, type FacetTexts } from "./facet";
import { FindingsTable } from "./findings";
import { Findings, type Facet, type Group, type Sort, type State } from "./model";

/** As many findings are printed; more of them are a book that nobody reads. */
const PRINTED = 1000;
/** As many things that were passed over are named; the rest is counted, and in the JSON report. */
const NAMED = 1000;
const OTHERS = ["finding"] as const;
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

const WHOSE: readonly (readonly [Facet, FacetTexts, (row: Row) => string])[] = [
  ["team", { title: "Team", one: "a team", none: "no team" }, (row) => row.team],
  ["cost-center", { title: "Cost centre", one: "a cost centre", none: "no cost centre" }, (row) => row.costCenter],
  ["environment", { title: "Environment", one: "an environment", none: "no environment" }, (row) => row.environment],
];

class Page {
  private readonly model: Findings;
  private readonly table: FindingsTable;
  private readonly facets: FacetView[];
  private readonly spoken = h("p", { role: "status", class: "unseen" });
  private readonly tiles = h("div", { class: "tiles", role: "group", "aria-label": "Findings by status" });
  private readonly tools: Tools<Row, Facet, Sort, Group>;
  private readonly rules = new Map<Rule, HTMLDetailsElement>();
  private open: Row | null = null;

  constructor(private readonly data: Data) {
    this.model = new Findings(data.rows);
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
      // Where no tag says it, there is nothing to choose from.
      ...WHOSE.filter(([, , said]) => data.rows.some(said)).map(([facet, texts]) => new FacetView(this.model, facet, texts, toggle, one)),
      new FacetView(this.model, "stack", { title: "Stack", one: "a stack", none: "no stack" }, toggle, one),
    ];
    this.tools = new Tools(
      this.model,
      {
        placeholder: "Rule, resource, value, owner …",
        lists: [
          ["outcome", "Any outcome"],
          ["enforcement", "Any enforcement"],
          ...(data.change ? [["change", "New and old"] as const] : []),
        ],
        facets: { "cost-center": "cost centre" },
        sorts: SORT_NAMES,
        unsorted: "What matters most",
      },
      { choose: (change) => this.choose(change), clear: () => this.clear(), turned: (said) => this.turned(said) },
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
      this.tools.form,
      this.tools.line,
      this.spoken,
      h("div", { class: "frame" }, this.table.element),
      this.tools.pager,
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
    const link = readLink(location.hash, this.model.shape, OTHERS);
    this.model.choose({ query: link.query, filters: link.filters, sort: link.sort, descending: link.descending });
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
    return writeLink({ ...this.model.chosen, finding: row?.fingerprint ?? "" }, this.model.shape, OTHERS) || "#";
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
    this.choose({ query: "", filters: {} });
    this.tools.focus();
  }

  private only(rule: Rule): void {
    this.choose({ query: "", filters: { rule: [rule.id] } });
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
    this.tools.draw();
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

  private drawTable(): void {
    this.table.draw(this.open);
    this.tools.drawPager();
  }

  private turned(said: string): void {
    if (said) this.open = null;
    this.drawTable();
    if (!said) return;
    this.remember();
    this.spoken.textContent = said;
    document.getElementById("findings")?.scrollIntoView();
  }
}

new Page(readData()).start();
document.documentElement.dataset["ready"] = "yes";
performance.mark("ready");
