/** One bar chart of how many findings have which value. A bar that is clicked is chosen; Chart.js draws it. */

import { BarController, BarElement, CategoryScale, Chart, LinearScale, Tooltip, type Plugin } from "chart.js";
import { count } from "../shared/dom";
import { font, token } from "../shared/style";

const BAR = 26;
/** How much of the width the labels may take. */
const LABELS = 0.64;
const GAP = 12;

/** Writes each number at the end of its bar. */
const numbers: Plugin<"bar"> = {
  id: "numbers",
  afterDatasetsDraw(chart) {
    const { ctx } = chart;
    ctx.save();
    ctx.fillStyle = String(Chart.defaults.color);
    ctx.font = font();
    ctx.textBaseline = "middle";
    chart.getDatasetMeta(0).data.forEach((bar, index) => {
      ctx.fillText(count(Number(chart.data.datasets[0]?.data[index] ?? 0)), bar.x + 6, bar.y);
    });
    ctx.restore();
  },
};

Chart.register(BarController, BarElement, CategoryScale, LinearScale, Tooltip, numbers);
export interface Bar {
  value: string;
  label: string;
  number: number;
  isChosen: boolean;
}

export class BarChart {
  private bars: Bar[] = [];
  private readonly chart: Chart<"bar", number[], string>;

  constructor(
    private readonly canvas: HTMLCanvasElement,
    private readonly colourOf: (value: string) => string,
    choose: (value: string) => void,
  ) {
    this.chart = new Chart(canvas, {
      type: "bar",
      data: { labels: [], datasets: [{ data: [], borderRadius: 3, barThickness: 14, minBarLength: 2 }] },
      options: {
        indexAxis: "y",
        maintainAspectRatio: false,
        layout: { padding: { right: 48 } },
        // As much of each label as there is room for is another much in another width.
        onResize: (chart) => {
          chart.data.labels = this.bars.map((bar) => this.shortened(bar.label));
        },
        events: ["mousemove", "mouseout", "click", "touchstart"],
        scales: {
          x: { display: false, beginAtZero: true },
          y: {
            grid: { display: false },
            border: { display: false },
            ticks: { autoSkip: false, font: { size: 12 } },
            // By itself Chart.js cuts labels off that need more than half of the width.
            afterFit: (axis) => {
              axis.width = Math.min(this.labelWidth() + GAP, axis.chart.width * LABELS);
            },
          },
        },
        plugins: {
          tooltip: { displayColors: false, callbacks: { title: (items) => this.bars[items[0]?.dataIndex ?? -1]?.label ?? "" } },
        },
        interaction: { mode: "index", axis: "y", intersect: false },
        onHover: (_event, elements) => (canvas.style.cursor = elements.length ? "pointer" : "default"),
        onClick: (_event, elements) => {
          const bar = this.bars[elements[0]?.index ?? -1];
          if (bar) choose(bar.value);
        },
      },
    });
  }

  /** Pixels that the longest label takes. */
  private labelWidth(): number {
    const ctx = this.canvas.getContext("2d");
    if (!ctx) return 0;
    ctx.font = font();
    return Math.max(0, ...(this.chart.data.labels ?? []).map((label) => ctx.measureText(label).width));
  }

  /** The label, or as much of it as there is room for. */
  private shortened(label: string): string {
    const ctx = this.canvas.getContext("2d");
    const room = (this.canvas.parentElement?.clientWidth ?? 0) * LABELS - GAP;
    if (!ctx || room <= 0) return label;
    ctx.font = font();
    if (ctx.measureText(label).width <= room) return label;
    const letters = [...label];
    const cut = (kept: number): string => `${letters.slice(0, kept).join("")}…`;
    let kept = letters.length - 1;
    while (kept > 1 && ctx.measureText(cut(kept)).width > room) kept -= 1;
    return cut(kept);
  }

  /** Draws other numbers, in the colours of now. */
  show(bars: Bar[]): void {
    this.bars = bars;
    const anyChosen = bars.some((bar) => bar.isChosen);
    const dataset = this.chart.data.datasets[0]!;
    this.chart.data.labels = bars.map((bar) => this.shortened(bar.label));
    dataset.data = bars.map((bar) => bar.number);
    dataset.backgroundColor = bars.map((bar) => token(anyChosen && !bar.isChosen ? "--bar-faint" : this.colourOf(bar.value)));
    const ticks = this.chart.options.scales?.["y"]?.ticks;
    if (ticks) ticks.color = token("--text");
    const frame = this.canvas.parentElement;
    if (frame) frame.style.height = `${Math.max(1, bars.length) * BAR + 12}px`;
    this.chart.resize();
    this.chart.update("none");
  }
}
