/** The colours and the font of the style sheet, for what is drawn on a canvas. */

import { Chart } from "chart.js";

Chart.defaults.animation = false;

/** Takes over the colours and the font of the style sheet, which follow the reader's light or dark. */
export function adoptStyle(): void {
  Chart.defaults.color = token("--muted");
  Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
}

export function token(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

export const font = (): string => `12px ${Chart.defaults.font.family ?? "sans-serif"}`;
