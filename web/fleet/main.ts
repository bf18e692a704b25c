/** Puts the page together, and keeps what it shows in step with what is chosen. */

import { count, counted, h, prose } from "../shared/dom";
import { readLink, writeLink } from "../shared/link";
import { adoptStyle } from "../shared/style";
import { Tools } from "../shared/tools";
import { DIMENSIONS, LIVE, nameOf, readData, stacksOf, when, type Audit, type Data, type Dimension, type Row, type Stack } from "./data";
import { FindingsTable, resourceCard } from "./findings";
import { Groups, named, TITLES } from "./groups";
import { Findings, type Facet, type Sort, type State } from "./model";
import { changes, unread, waivers } from "./sections";
import { Trend, type Course } from "./trend";

/** As many findings are printed; more of them are a book that nobody reads. */
const PRINTED = 500;
const OTHERS = ["by", "ended", "finding"] as const;
const ENDED = "shown";

const SORT_NAMES: Record<Sort, string> = {
  severity: "Severity",
  status: "Status",
  rule: "Rule",
  resource: "Resource",
  stack: "Stack",
  owner: "Owner",
  message: "Message",
  first_seen: "First seen",
};
const FACET_NAMES: Partial<Record<Facet, string>> = { "cost-center": "cost centre", unknown: "not known" };

class Page {
  private readonly model: Findings;
  private readonly table: FindingsTable;
  private readonly tools: Tools<Row, Facet, Sort, Row>;
  private readonly trend: Trend;
  private readonly groups: Groups;
  private readonly stacks: ReadonlyMap<string, Stack>;
  private readonly spoken = h("p", { role: "status", class: "unseen" });
  private readonly tiles = h("div", { class: "tiles", role: "group", "aria-label": "How it stands" });
  private readonly resource = h("div", {});
  private readonly ended: HTMLInputElement;
  private by: Dimension;
  private open: Row | null = null;

  constructor(private readonly data: Data) {
    this.model = new Findings(data.rows);
    this.stacks = new Map(data.stacks.map((stack) => [nameOf(stack), stack]));
    this.by = data.first_by;
    this.table = new FindingsTable(this.model, this.stacks, {
      sort: (by) => this.sort(by),
      open: (row) => this.show(row),
      resource: (row) => this.only({ resource: [row.urn || row.stack] }, true),
      linkTo: (row) => new URL(this.linkTo(row), location.href).href,
      clear: () => this.clear(),
      say: (text) => (this.spoken.textContent = text),
    });
    this.tools = new Tools(
      this.model,
      {
        placeholder: "Rule, resource, stack, owner …",
        lists: [["status", "Any status"], ["severity", "Any severity"], ["change", "Changed or not"]],
        sorts: SORT_NAMES,
        unsorted: "What matters most",
        facets: FACET_NAMES,
        told: (facet, value) => (facet === "resource" ? (this.model.on(value)[0]?.resource ?? value) : value),
      },
      { choose: (change) => this.choose(change), clear: () => this.clear(), turned: (said) => this.turned(said) },
    );
    this.ended = h("input", { type: "checkbox", id: "ended", change: () => this.showEnded(this.ended.checked) });
    this.trend = new Trend(data.audits);
    this.groups = new Groups(data, {
      by: (dimension) => this.sumUp(dimension),
      toggle: (dimension, value) => this.toggle(dimension, value),
      isChosen: (dimension, value) => this.model.isChosen(dimension, value),
    });
  }

  start(): void {
    const { data } = this;
    document.getElementById("app")?.replaceWith(
      h("a", { href: "#findings", class: "skip", click: (event) => this.skip(event) }, "Skip to the findings"),
      this.header(),
      h(
        "main",
        {},
        this.trend.element,
        this.groups.element,
        changes(data, (row) => this.lead(row), (kind) => this.only({ change: [kind] }, true)),
        h(
          "div",
          { class: "pair" },
          waivers(data, (key) => this.only({ waiver: [key] }, false)),
          unread(data, (name) => this.only({ stack: [name] }, false)),
        ),
        this.findings(),
      ),
      h("footer", {}, h("p", { class: "quiet" }, `poolgate ${data.version}. This page is complete: it loads nothing.`)),
    );
    adoptStyle();
    this.follow();
    this.listen();
  }

  // What there is

  private header(): HTMLElement {
    const { audits, last, base, notes } = this.data;
    const first = audits[0]!;
    const { all, unread: missed } = stacksOf(this.data.summary);
    return h(
      "header",
      {},
      h("h1", {}, "The fleet, audit by audit"),
      h(
        "p",
        { class: "summary" },
        `${counted(audits.length, "audit")} from ${when(first.started)} to ${when(last.started)} UTC · ${counted(all, "stack")}`,
        missed ? `, ${count(missed)} of them not read · ` : " · ",
        base ? `compared with the audit of ${when(base.started)}` : "nothing to compare it with",
      ),
      this.tiles,
      h("div", { class: "notes" }, ...notes.map((note) => h("p", { class: "note" }, prose(note)))),
    );
  }

  private findings(): HTMLElement {
    const ended = h("div", { class: "check" }, this.ended, " ", h("label", { for: "ended" }, "with what has ended"));
    this.tools.form.append(ended);
    return h(
      "section",
      { "aria-labelledby": "findings", class: "main" },
      h("h2", { id: "findings", tabindex: -1 }, "Findings"),
      this.tools.form,
      this.tools.line,
      this.spoken,
      this.resource,
      h("div", { class: "frame" }, this.table.element),
      this.tools.pager,
    );
  }

  // What is chosen

  private listen(): void {
    addEventListener("hashchange", () => this.follow());
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
      adoptStyle();
      this.trend.draw();
    });
    let drawing = 0;
    addEventListener("resize", () => {
      cancelAnimationFrame(drawing);
      drawing = requestAnimationFrame(() => this.trend.draw());
    });
    let size = this.model.pageSize;
    // Paper is white: the chart, which is a picture, takes the light colours before.
    const print = (isPrinting: boolean): void => {
      if (isPrinting) size = this.model.pageSize;
      this.model.pageSize = isPrinting ? PRINTED : size;
      document.documentElement.toggleAttribute("data-printing", isPrinting);
      adoptStyle();
      this.trend.draw();
      this.drawTable();
    };
    addEventListener("beforeprint", () => print(true));
    addEventListener("afterprint", () => print(false));
  }

  /** Shows what the address says. */
  private follow(): void {
    const link = readLink(location.hash, this.model.shape, OTHERS);
    this.by = DIMENSIONS.find((name) => name === link.by) ?? this.data.first_by;
    const row = link.finding ? this.model.find(link.finding) : undefined;
    this.model.showsEnded = link.ended === ENDED;
    this.model.choose({ query: link.query, filters: link.filters, sort: link.sort, descending: link.descending });
    this.open = row ?? null;
    if (row && !this.model.goTo(row.fingerprint)) {
      this.model.showsEnded = true;
      this.model.choose({ query: "", filters: {} });
      this.model.goTo(row.fingerprint);
    }
    this.draw();
    if (row) this.table.reveal();
    if (link.finding && !row) this.spoken.textContent = "The finding of this link is not in this history.";
  }

  private linkTo(row: Row | null): string {
    const { by, model } = this;
    const others = { by: by === this.data.first_by ? "" : by, ended: model.showsEnded ? ENDED : "", finding: row?.fingerprint ?? "" };
    return writeLink({ ...model.chosen, ...others }, model.shape, OTHERS) || "#";
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

  private sumUp(by: Dimension): void {
    this.by = by;
    this.draw();
    this.remember();
  }

  private showEnded(isShown: boolean): void {
    this.model.showsEnded = isShown;
    this.choose({});
  }

  /** Goes to the findings with these values, and no others. */
  private only(filters: State["filters"], hasEnded: boolean): void {
    this.model.showsEnded = hasEnded;
    this.choose({ query: "", filters });
    const heading = document.getElementById("findings");
    heading?.scrollIntoView();
    heading?.focus({ preventScroll: true });
  }

  /** Goes to one finding, wherever it is. */
  private lead(row: Row): void {
    this.model.showsEnded = this.model.showsEnded || !LIVE.includes(row.status);
    this.model.choose({ query: "", filters: {} });
    this.model.goTo(row.fingerprint);
    this.open = row;
    this.draw();
    this.remember();
    this.table.reveal();
  }

  private clear(): void {
    this.model.showsEnded = false;
    this.choose({ query: "", filters: {} });
    this.tools.focus();
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

  private turned(said: string): void {
    if (said) this.open = null;
    this.drawTable();
    if (!said) return;
    this.remember();
    this.spoken.textContent = said;
    document.getElementById("findings")?.scrollIntoView();
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
    this.ended.checked = this.model.showsEnded;
    this.trend.show(this.course());
    this.groups.show(this.by);
    this.drawTiles();
    this.tools.draw();
    const [resource, ...others] = this.model.chosen.filters.resource ?? [];
    const rows = resource === undefined || others.length ? [] : this.model.on(resource);
    this.resource.replaceChildren(...[resourceCard(rows, this.stacks.get(rows[0]?.stack ?? ""))].filter((card) => card !== null));
    this.drawTable();
  }

  /** The trend of the one group that is chosen, else of all. */
  private course(): Course {
    const { audits, by } = this.data;
    const chosen = DIMENSIONS.flatMap((name) => (this.model.chosen.filters[name] ?? []).map((value) => [name, value] as const));
    const [one, ...others] = chosen;
    const group = one && !others.length ? by[one[0]].find((other) => other.name === one[1]) : undefined;
    if (one && group) return { name: `${TITLES[one[0]].toLowerCase()} ${named(...one)}`, counts: group.trend, blind: group.blind };
    return { name: "", counts: audits, blind: audits.map((audit) => audit.unknown > 0 || stacksOf(audit).unread > 0) };
  }

  /** How it stands with the whole fleet, and how it stood; what is chosen changes nothing of it. */
  private drawTiles(): void {
    const { last, base, summary } = this.data;
    const focused = (document.activeElement as HTMLElement | null)?.dataset["tile"];
    const { all, unread: missed } = stacksOf(summary);
    const status = this.model.chosen.filters.status ?? [];
    const isOnly = (...values: string[]): boolean => status.length === values.length && values.every((value) => status.includes(value));
    const toggle = (...values: string[]): void => this.choose({ filters: { ...this.model.chosen.filters, status: isOnly(...values) ? [] : values } });
    const reasons = [...new Set(this.data.rows.map((row) => row.unknown))].filter(Boolean);
    const isUnknown = (this.model.chosen.filters.unknown ?? []).length > 0;
    const tile = (name: string, text: string, number: string, change: string, isPressed: boolean, act: () => void): HTMLElement => {
      const button = h(
        "button",
        { type: "button", class: `tile ${name}`, "aria-pressed": String(isPressed), click: act },
        h("span", { class: "number" }, number),
        " ",
        h("span", {}, text),
        change && " ",
        change && h("span", { class: "delta" }, change),
      );
      button.dataset["tile"] = name;
      return button;
    };
    const changed = (number: (audit: Audit) => number): string => {
      if (!base) return "";
      const difference = number(last) - number(base);
      return difference ? `${difference > 0 ? "▲" : "▼"} ${count(Math.abs(difference))} ${difference > 0 ? "more" : "fewer"}` : "as before";
    };
    const stacks = h(
      "a",
      { class: "tile stacks", href: "#stacks", click: (event: Event) => this.toStacks(event) },
      h("span", { class: "number" }, count(all - missed), h("small", {}, ` of ${count(all)}`)),
      " ",
      h("span", {}, "stacks read"),
      base && " ",
      base && h("span", { class: "delta" }, changed((audit) => audit.stacks.read)),
    );
    stacks.dataset["tile"] = "stacks";
    this.tiles.replaceChildren(
      tile("to-mend", "to mend", count(last.mandatory), changed((audit) => audit.mandatory), isOnly("to mend"), () => toggle("to mend")),
      tile("advisory", "advisory", count(last.open - last.mandatory), changed((audit) => audit.open - audit.mandatory), isOnly("advisory"), () => toggle("advisory")),
      tile("not-judged", "of these not known", count(last.unknown), changed((audit) => audit.unknown), isUnknown, () =>
        this.choose({ filters: { ...this.model.chosen.filters, unknown: isUnknown ? [] : reasons } }),
      ),
      tile("waived", "waived", count(last.waived), changed((audit) => audit.waived), isOnly("waived"), () => toggle("waived")),
      stacks,
    );
    if (focused) [...this.tiles.querySelectorAll<HTMLElement>("[data-tile]")].find((one) => one.dataset["tile"] === focused)?.focus();
  }

  private toStacks(event: Event): void {
    event.preventDefault();
    const heading = document.getElementById("stacks");
    heading?.scrollIntoView();
    heading?.focus({ preventScroll: true });
  }

  private drawTable(): void {
    this.table.draw(this.open);
    this.tools.drawPager();
  }
}

new Page(readData()).start();
document.documentElement.dataset["ready"] = "yes";
performance.mark("ready");
