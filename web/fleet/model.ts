/** The findings of a history as a table, a row for each. */

import { Model, type Shape, type State as Chosen } from "../shared/model";
import { DIMENSIONS, haystack, KINDS, LIVE, SEVERITIES, STATUSES, type Dimension, type Row } from "./data";

/** What can be chosen from, each by a list of values of which a finding has one. */
export const FACETS = ["status", "severity", "change", "unknown", ...DIMENSIONS, "resource", "waiver"] as const;
export type Facet = (typeof FACETS)[number];

/** What can be sorted by. */
export const SORTS = ["severity", "status", "rule", "resource", "stack", "owner", "message", "first_seen"] as const;
export type Sort = (typeof SORTS)[number];

export type State = Chosen<Facet, Sort>;

const isDimension = (id: string): id is Dimension => (DIMENSIONS as readonly string[]).includes(id);

const SHAPE: Shape<Row, Facet, Sort> = {
  facets: FACETS,
  sorts: SORTS,
  orders: { severity: SEVERITIES, status: STATUSES, change: KINDS },
  sorted: (row, id) => (isDimension(id) ? row.groups[id] : row[id]),
  // Resources of one name there are many: a link names one by its URN.
  value: (row, facet) => (isDimension(facet) ? row.groups[facet] : facet === "resource" ? row.urn || row.stack : row[facet]),
  text: haystack,
};

export class Findings extends Model<Row, Facet, Sort, Row> {
  private readonly live: Row[];
  private hasEnded = false;

  constructor(private readonly all: Row[]) {
    const live = all.filter((row) => LIVE.includes(row.status));
    super(live, SHAPE);
    this.live = live;
  }

  /** Whether what has ended is among the rows. */
  get showsEnded(): boolean {
    return this.hasEnded;
  }

  set showsEnded(hasEnded: boolean) {
    if (hasEnded === this.hasEnded) return;
    this.hasEnded = hasEnded;
    this.replace(hasEnded ? this.all : this.live);
  }

  /** All that was ever found on a resource, what is there now first. */
  on(resource: string): Row[] {
    return this.all.filter((row) => SHAPE.value(row, "resource") === resource);
  }

  find(fingerprint: string): Row | undefined {
    return this.all.find((row) => row.fingerprint === fingerprint);
  }

  protected override itemsOf(rows: Row[]): Row[] {
    return rows;
  }

  protected override holds(row: Row, fingerprint: string): boolean {
    return row.fingerprint === fingerprint;
  }
}
