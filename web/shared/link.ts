/** What is chosen, written into the part of the address behind `#`: a link shows somebody else the same. */

import type { Shape, State } from "./model";

type Named<Facet extends string, Sort extends string> = Pick<Shape<never, Facet, Sort>, "facets" | "sorts">;

/** What is chosen of a table, and what else there is in a link, each by its name. */
export type Link<Facet extends string, Sort extends string, Other extends string> = State<Facet, Sort> & Record<Other, string>;

export function readLink<Facet extends string, Sort extends string, Other extends string>(
  hash: string,
  { facets, sorts }: Named<Facet, Sort>,
  others: readonly Other[],
): Link<Facet, Sort, Other> {
  const values = new URLSearchParams(hash.replace(/^#/, ""));
  const sort = values.get("sort") ?? "";
  const by = sort.replace(/^-/, "");
  const state: State<Facet, Sort> = {
    query: values.get("q") ?? "",
    filters: Object.fromEntries(facets.filter((id) => values.has(id)).map((id) => [id, values.getAll(id)])) as State<Facet, Sort>["filters"],
    sort: (sorts as readonly string[]).includes(by) ? (by as Sort) : null,
    descending: sort.startsWith("-"),
  };
  return { ...state, ...(Object.fromEntries(others.map((name) => [name, values.get(name) ?? ""])) as Record<Other, string>) };
}

export function writeLink<Facet extends string, Sort extends string, Other extends string>(
  link: Link<Facet, Sort, Other>,
  { facets }: Named<Facet, Sort>,
  others: readonly Other[],
): string {
  const values = new URLSearchParams();
  if (link.query.trim()) values.set("q", link.query.trim());
  for (const id of facets) for (const value of link.filters[id] ?? []) values.append(id, value);
  if (link.sort) values.set("sort", (link.descending ? "-" : "") + link.sort);
  for (const name of others) if (link[name]) values.set(name, link[name]);
  const text = values.toString();
  return text ? `#${text}` : "";
}
