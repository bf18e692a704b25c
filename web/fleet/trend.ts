/** How it stood after each audit, as a chart, and as a table that says the same. Chart.js draws it.
 *
 * What could not be looked for stays, hatched; a line over it is broken. Under the chart a bar is hatched at each audit that
 * did not read all stacks: a trend that goes down where nobody looked is no improvement.
 */

import { Chart, Filler, LinearScale, LineController, LineElement, PointElement, Tooltip, type Plugin, type ScriptableLineSegmentContext } from "chart.js";
import { count, counted, h } from "../shared/dom";
import { font, token } from "../shared/style";
import { day, difference, stacksOf, when, type Audit, type Counts } from "./data";

/** As wide a date takes on the axis. */
const DATE = 88;
const STRIP = 9;
const DASHES = [5, 4];

export interface Course {
  /** Of what; empty for all. */
  name: string;
  counts: readonly Counts[];
  blind: readonly boolean[];
}

interface Point {
  x: number;
  y: number;
}

const RANGES = [30, 90] as const;

export class Trend {
  readonly element: HTMLElement;
  private readonly canvas = h("canvas", { role: "img" });
  private readonly rows = h("tbody");
  private readonly title = h("h2", { id: "trend" });
  private readonly range: HTMLSelectElement;
  private readonly chart: Chart<"line", Point[]>;
  private course: Course = { name: "", counts: [], blind: [] };
  /** The number of the first audit that is shown. */
  private from = 0;

  constructor(private readonly audits: readonly Audit[]) {
    this.range = h(
      "select",
      { id: "range", change: () => this.show(this.course) },
      h("option", { value: "" }, `All ${count(audits.length)} audits`),
      ...RANGES.filter((number) => number < audits.length).map((number) => h("option", { value: number }, `The last ${number}`)),
    );
    this.element = h(
      "section",
      { "aria-labelledby": "trend", class: "card trend" },
      h(
        "div",
        { class: "heading" },
        this.title,
        audits.length > RANGES[0] && h("div", {}, h("label", { for: "range", class: "unseen" }, "Audits"), this.range),
      ),
      h(
        "ul",
        { class: "legend" },
        h("li", { class: "is-mend" }, "to mend"),
        h("li", { class: "is-open" }, "open"),
        h("li", { class: "is-blind" }, "open, and not looked for"),
        h("li", { class: "is-waived" }, "waived"),
        h("li", { class: "is-unread" }, "stacks not read"),
        audits.some((audit) => audit.differs) && h("li", { class: "is-other" }, "by other rules than before"),
      ),
      h("div", { class: "canvas" }, this.canvas),
      h(
        "details",
        { class: "values" },
        h("summary", {}, "As a table"),
        h(
          "div",
          { class: "scroll", tabindex: 0, role: "region", "aria-label": "The trend as a table" },
          h(
            "table",
            {},
            h("caption", { class: "unseen" }, "How it stood after each audit"),
            h(
              "thead",
              {},
              h("tr", {}, ...["Audit (UTC)", "Open", "To mend", "Not known", "Waived", "Stacks read", "Judged otherwise"].map((name) => h("th", { scope: "col" }, name))),
            ),
            this.rows,
          ),
        ),
      ),
    );
    this.chart = this.made();
  }

  show(course: Course): void {
    this.course = course;
    this.from = Math.max(0, this.audits.length - (Number(this.range.value) || this.audits.length));
    this.title.textContent = course.name ? `Trend of ${course.name}` : "Trend";
    this.draw();
    this.rows.replaceChildren(...this.audits.map((audit, index) => this.row(audit, course.counts[index]!)).reverse());
    const first = course.counts[this.from];
    const last = course.counts[course.counts.length - 1];
    const blind = course.blind.slice(this.from).filter(Boolean).length;
    this.canvas.setAttribute(
      "aria-label",
      first && last
        ? `Line chart of ${counted(this.audits.length - this.from, "audit")}: open from ${count(first.open)} to ${count(last.open)}, ` +
            `to mend from ${count(first.mandatory)} to ${count(last.mandatory)}, waived from ${count(first.waived)} to ${count(last.waived)}; ` +
            `not all was read in ${count(blind)} of them`
        : "No audit",
    );
  }

  /** Draws it again, in the colours and the width of now. */
  draw(): void {
    const { counts } = this.course;
    const line = (number: (one: Counts) => number): Point[] =>
      counts.slice(this.from).map((one, index) => ({ x: this.time(index), y: number(one) }));
    const [found, open, mend, waived] = this.chart.data.datasets as [Set, Set, Set, Set];
    found.data = line((one) => one.open - one.unknown);
    open.data = line((one) => one.open);
    mend.data = line((one) => one.mandatory);
    waived.data = line((one) => one.waived);
    const area = token("--bar-faint");
    Object.assign(found, { backgroundColor: area });
    Object.assign(open, { backgroundColor: hatching(token("--muted"), area), borderColor: token("--muted") });
    for (const [set, colour] of [[mend, token("--mend")], [waived, token("--bar")]] as const) {
      Object.assign(set, { borderColor: colour, pointBackgroundColor: colour, pointBorderColor: colour });
    }
    const { x, y } = this.chart.options.scales!;
    x!.ticks!.color = y!.ticks!.color = token("--muted");
    x!.min = this.time(0);
    x!.max = Math.max(this.time(this.audits.length - this.from - 1), this.time(0) + 1);
    y!.grid!.color = token("--line");
    const points = this.audits.length - this.from > 60 ? 0 : 2.5;
    Object.assign(mend, { pointRadius: points });
    Object.assign(waived, { pointRadius: points && points - 1 });
    this.chart.resize();
    this.chart.update("none");
  }

  private time(index: number): number {
    return Date.parse(this.audits[this.from + index]?.started ?? "") || 0;
  }

  private row(audit: Audit, now: Counts): HTMLTableRowElement {
    const { all, unread } = stacksOf(audit);
    return h(
      "tr",
      {},
      h("th", { scope: "row" }, when(audit.started)),
      ...[now.open, now.mandatory, now.unknown, now.waived].map((number) => h("td", {}, count(number))),
      h("td", {}, `${count(all - unread)} of ${count(all)}`),
      h("td", {}, difference(audit)),
    );
  }

  private made(): Chart<"line", Point[]> {
    /** A line over what was not looked for is broken. */
    const segment = { borderDash: (context: ScriptableLineSegmentContext) => (this.course.blind[this.from + context.p1DataIndex] ? DASHES : undefined) };
    return new Chart(this.canvas, {
      type: "line",
      data: {
        datasets: [
          { label: "open, found", data: [], fill: "origin", borderWidth: 0, pointRadius: 0, order: 4 },
          { label: "open", data: [], fill: "-1", borderWidth: 1.5, pointRadius: 0, order: 3, segment },
          { label: "to mend", data: [], borderWidth: 2.5, pointRadius: 2.5, order: 1, clip: false, segment },
          { label: "waived", data: [], borderWidth: 1.5, borderDash: [2, 3], pointRadius: 1.5, order: 2, clip: false },
        ],
      },
      options: {
        maintainAspectRatio: false,
        layout: { padding: { top: 18, right: 14 } },
        events: ["mousemove", "mouseout", "touchstart", "touchmove"],
        scales: {
          x: {
            type: "linear",
            grid: { display: false },
            border: { display: false },
            ticks: { maxRotation: 0, padding: STRIP + 4, callback: (value) => day(new Date(Number(value)).toISOString()) },
            afterBuildTicks: (axis) => (axis.ticks = this.ticks(axis.width)),
          },
          y: { beginAtZero: true, suggestedMax: 4, border: { display: false }, ticks: { precision: 0, maxTicksLimit: 6 }, grid: {} },
        },
        interaction: { mode: "index", intersect: false },
        plugins: {
          tooltip: {
            displayColors: false,
            filter: (item) => item.datasetIndex === 1,
            callbacks: {
              title: (items) => when(this.audits[this.from + (items[0]?.dataIndex ?? 0)]?.started ?? ""),
              label: (item) => this.said(this.from + item.dataIndex),
            },
          },
        },
      },
      plugins: [this.marks()],
    });
  }

  /** The days of audits, as many as there is room for; the last one is always told. */
  private ticks(width: number): { value: number }[] {
    const number = this.audits.length - this.from;
    const step = Math.max(1, Math.ceil(number / Math.max(2, Math.floor(width / DATE))));
    const ticks = [];
    for (let index = number - 1; index >= 0; index -= step) ticks.unshift({ value: this.time(index) });
    return ticks;
  }

  private said(index: number): string[] {
    const now = this.course.counts[index];
    const audit = this.audits[index];
    if (!now || !audit) return [];
    const { all, unread } = stacksOf(audit);
    return [
      `${count(now.open)} open${now.unknown ? `, ${count(now.unknown)} of them not looked for` : ""}`,
      `${count(now.mandatory)} to mend`,
      `${count(now.waived)} waived`,
      `${count(all - unread)} of ${counted(all, "stack")} read`,
      ...(audit.differs ? [`★ ${difference(audit)}`] : []),
    ];
  }

  /** Which audits judged by other rules, and which did not read all. */
  private marks(): Plugin<"line"> {
    return {
      id: "marks",
      afterDatasetsDraw: (chart) => {
        const { ctx, chartArea: area, scales } = chart;
        const axis = scales["x"]!;
        const shown = this.audits.slice(this.from);
        const at = shown.map((_, index) => axis.getPixelForValue(this.time(index)));
        ctx.save();
        shown.forEach((audit, index) => {
          const x = at[index]!;
          if (this.course.blind[this.from + index]) {
            // To half of the way to its neighbours.
            const left = index ? (at[index - 1]! + x) / 2 : area.left;
            const right = index < at.length - 1 ? (x + at[index + 1]!) / 2 : area.right;
            ctx.fillStyle = hatching(token("--muted"), token("--raised"));
            ctx.fillRect(left, area.bottom + 3, Math.max(1, right - left), STRIP);
          }
          if (!audit.differs) return;
          ctx.strokeStyle = ctx.fillStyle = token("--accent");
          ctx.setLineDash([1, 3]);
          ctx.beginPath();
          ctx.moveTo(x, area.top);
          ctx.lineTo(x, area.bottom);
          ctx.stroke();
          ctx.setLineDash([]);
          ctx.font = font();
          ctx.textAlign = "center";
          ctx.fillText("★", x, area.top - 6);
        });
        ctx.restore();
      },
    };
  }
}

type Set = { data: Point[] };

Chart.register(LineController, LineElement, PointElement, LinearScale, Filler, Tooltip);

/** Strokes on a ground, for what nobody has looked at. */
function hatching(stroke: string, ground: string): CanvasPattern | string {
  const size = 7;
  const tile = h("canvas", { width: size, height: size });
  const ctx = tile.getContext("2d");
  if (!ctx) return ground;
  ctx.fillStyle = ground;
  ctx.fillRect(0, 0, size, size);
  ctx.strokeStyle = stroke;
  ctx.lineWidth = 1.2;
  ctx.beginPath();
  for (const x of [-size, 0, size]) {
    ctx.moveTo(x, size);
    ctx.lineTo(x + size, 0);
  }
  ctx.stroke();
  return ctx.createPattern(tile, "repeat") ?? ground;
}

