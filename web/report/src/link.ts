/** What is chosen, written into the part of the address behind `#`: a link shows somebody else the same. */

import { FACETS, SORTS, type Sort, type State } from "./model";

export interface Link extends State {
  finding: string;
}

export function readLink(hash: string): Link {
  const values = new URLSearchParams(hash.replace(/^#/, ""));
  const sort = values.get("sort") ?? "";
  const by = sort.replace(/^-/, "");
  return {
    query: values.get("q") ?? "",
    filters: Object.fromEntries(FACETS.filter((id) => values.has(id)).map((id) => [id, values.getAll(id)])),
    sort: (SORTS as readonly string[]).includes(by) ? (by as Sort) : null,
    descending: sort.startsWith("-"),
    finding: values.get("finding") ?? "",
  };
}

export function writeLink(link: Link): string {
  const values = new URLSearchParams();
  if (link.query.trim()) values.set("q", link.query.trim());
  for (const id of FACETS) for (const value of link.filters[id] ?? []) values.append(id, value);
  if (link.sort) values.set("sort", (link.descending ? "-" : "") + link.sort);
  if (link.finding) values.set("finding", link.finding);
  const text = values.toString();
  return text ? `#${text}` : "";
}
