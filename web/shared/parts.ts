/** Parts of a page that tables of findings have in common. */

import { h } from "./dom";

/** A cell. The roles are written out, for a narrow screen shows rows as cards, and what is no table by its style has none. */
export function cell(name: string, ...children: (Node | string | false | null)[]): HTMLTableCellElement {
  return h("td", { class: `c-${name}`, role: "cell" }, ...children);
}

/** A term and what is known of it; nothing where nothing is. */
export function fact(name: string, ...values: string[]): HTMLElement[] {
  const known = values.filter(Boolean);
  return known.length ? [h("dt", {}, name), h("dd", {}, ...known.map((value) => h("span", {}, value)))] : [];
}

export function severity(row: { severity: string }): HTMLElement {
  return h("span", { class: `badge ${row.severity}` }, row.severity);
}

/** A link to the page a rule rests on. It is the only thing on the page that leads away from it. */
export function sourceLink(rule: { source: string }): HTMLElement | null {
  if (!rule.source) return null;
  return h("a", { href: rule.source, target: "_blank", rel: "noopener noreferrer" }, "What the rule rests on");
}

/** A button that copies a link, and where it says so. */
export function copyLink(link: string, say: (text: string) => void): [HTMLElement, HTMLElement] {
  const copied = h("span", { class: "quiet" });
  return [h("button", { type: "button", class: "action", click: () => void copy(link, copied, say) }, "Copy link"), copied];
}

/** A page from a file may be refused the clipboard; then the link is there to be marked. */
async function copy(link: string, said: HTMLElement, say: (text: string) => void): Promise<void> {
  try {
    await navigator.clipboard.writeText(link);
    said.textContent = "copied";
    say("Link copied");
  } catch {
    const field = h("input", { type: "text", readonly: true, "aria-label": "Link to this finding" });
    field.value = link;
    said.replaceChildren(field);
    field.select();
  }
}
