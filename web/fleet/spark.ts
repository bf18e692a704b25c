/** The trend of one group, as small as a word; where not all could be looked for it is broken. */

import { count, draw } from "../shared/dom";
import type { Group } from "./data";

const WIDTH = 110;
const HEIGHT = 26;
const EDGE = 3;

export function spark(group: Group): SVGElement {
  const numbers = group.trend.map((one) => one.open);
  const most = Math.max(1, ...numbers);
  const x = (index: number): number => (numbers.length < 2 ? WIDTH - EDGE : EDGE + (index / (numbers.length - 1)) * (WIDTH - 2 * EDGE));
  const y = (number: number): number => HEIGHT - EDGE - (number / most) * (HEIGHT - 2 * EDGE);
  const place = (index: number): string => `${x(index).toFixed(1)} ${y(numbers[index]!).toFixed(1)}`;
  const lines = { known: "", blind: "" };
  for (let index = 1; index < numbers.length; index += 1) {
    const line = group.blind[index] ? "blind" : "known";
    const goesOn = index > 1 && group.blind[index - 1] === group.blind[index];
    lines[line] += goesOn ? `L${place(index)}` : `M${place(index - 1)}L${place(index)}`;
  }
  const last = numbers.length - 1;
  const blind = group.blind.filter(Boolean).length;
  const said = `open: from ${count(numbers[0] ?? 0)} to ${count(numbers[last] ?? 0)}, at most ${count(Math.max(0, ...numbers))}`;
  return draw(
    "svg",
    {
      class: "spark",
      viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
      width: WIDTH,
      height: HEIGHT,
      role: "img",
      "aria-label": blind ? `${said}; not known in ${count(blind)} of ${count(numbers.length)} audits` : said,
    },
    draw("path", { class: "known", d: lines.known || "M0 0" }),
    draw("path", { class: "blind", d: lines.blind || "M0 0" }),
    draw("circle", { class: group.blind[last] ? "blind" : "known", cx: x(last), cy: y(numbers[last] ?? 0), r: 2.5 }),
  );
}
