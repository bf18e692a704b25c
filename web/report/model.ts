/** The findings as a table, a row for what one edit mends. */

import { Model, type Shape, type State as Chosen } from "../shared/model";
import { graveness, haystack, SEVERITIES, STATUSES, type Row } from "./data";

/** What can be chosen from, each by a list of values of which a finding has one. */
export const FACETS = ["status", "severity", "rule", "owner", "team", "cost-center", "environment", "stack", "outcome", "enforcement", "change"] as const;
export type Facet = (typeof FACETS)[number];

/** What can be sorted by. */
export const SORTS = ["severity", "status", "rule", "resource", "stack", "owner", "path", "message", "place"] as const;
export type Sort = (typeof SORTS)[number];

export type State = Chosen<Facet, Sort>;

const of = (row: Row, id: Facet | Sort): string => (id === "cost-center" ? row.costCenter : row[id]);

const SHAPE: Shape<Row, Facet, Sort> = {
  facets: FACETS,
  sorts: SORTS,
  orders: { severity: SEVERITIES, status: STATUSES },
  sorted: of,
  value: (row, facet) => (facet === "severity" ? graveness(row) || null : of(row, facet)),
  text: haystack,
};

/** Findings that say the same of several resources; the first one stands for all. */
export type Said = readonly [Row, ...Row[]];

/** What one edit mends, or one finding by itself: what is said, each once. */
export type Group = readonly [Said, ...Said[]];

export class Findings extends Model<Row, Facet, Sort, Group> {
  constructor(rows: Row[]) {
    super(rows, SHAPE);
  }

  /** The findings in their order, those of one line where the first of them is. */
  protected override itemsOf(rows: Row[]): Group[] {
    const groups: Map<string, [Row, ...Row[]]>[] = [];
    const ofLine = new Map<number, Map<string, [Row, ...Row[]]>>();
    for (const row of rows) {
      let group = row.line === null ? undefined : ofLine.get(row.line);
      if (!group) {
        group = new Map();
        groups.push(group);
        if (row.line !== null) ofLine.set(row.line, group);
      }
      const key = JSON.stringify([row.rule, row.enforcement, row.outcome, row.path, row.message, row.change]);
      const said = group.get(key);
      if (said) said.push(row);
      else group.set(key, [row]);
    }
    return groups.map((group) => [...group.values()] as unknown as Group);
  }

  protected override holds(group: Group, fingerprint: string): boolean {
    return group.some((said) => said.some((row) => row.fingerprint === fingerprint));
  }
}
