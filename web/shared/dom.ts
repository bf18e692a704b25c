/** Elements made of text and nothing else: whatever a name or a message holds, it never becomes markup. */

type Child = Node | string | null | undefined | false;
type Attributes = Record<string, string | number | boolean | null | undefined | ((event: Event) => void)>;

/** An element. An attribute that is a function listens to the event of that name; one that is false is left out. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name, value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, String(value));
  }
  element.append(...children.filter((child): child is Node | string => Boolean(child)));
  return element;
}

/** An element of a drawing. */
export function draw(tag: "svg" | "path" | "circle", attributes: Record<string, string | number>, ...children: Node[]): SVGElement {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  element.append(...children);
  return element;
}

/** Text with what stands between backticks as code. */
export function prose(text: string): DocumentFragment {
  const fragment = document.createDocumentFragment();
  const parts = text.split("`");
  if (parts.length % 2 === 0) fragment.append(text);
  else fragment.append(...parts.map((part, index) => (index % 2 ? h("code", {}, part) : part)));
  return fragment;
}

const STEPS = /(?=[.[])/;
const FOLDERS = /(?<=[/@])/;

/** A property path that is broken into lines before a step, rather than anywhere. */
export const brokenPath = (text: string): DocumentFragment => breakable(text, STEPS);

/** A file, an address, or another name with slashes, that is broken into lines after one. */
export const brokenName = (text: string): DocumentFragment => breakable(text, FOLDERS);

function breakable(text: string, at: RegExp): DocumentFragment {
  const fragment = document.createDocumentFragment();
  text.split(at).forEach((part, index) => fragment.append(...(index ? [document.createElement("wbr"), part] : [part])));
  return fragment;
}

const numbers = new Intl.NumberFormat("en");

/** A number with its thousands apart. */
export function count(number: number): string {
  return numbers.format(number);
}

/** A number and what it counts. */
export function counted(number: number, noun: string): string {
  return `${count(number)} ${noun}${number === 1 ? "" : "s"}`;
}
