/** The findings as a table that filters and sorts, by TanStack Table, which draws nothing; and pages of lines to edit. */

import {
  columnFacetingFeature,
  columnFilteringFeature,
  constructTable,
  createColumnHelper,
  createFacetedRowModel,
  createFilteredRowModel,
  createSortedRowModel,
  rowSortingFeature,
  tableFeatures,
} from "@tanstack/table-core";
import { storeReactivityBindings } from "@tanstack/table-core/store-reactivity-bindings";
import { graveness, haystack, rank, SEVERITIES, STATUSES, type Row } from "./data";

/** What can be chosen from, each by a list of values of which a finding has one. */
export const FACETS = ["status", "severity", "rule", "owner", "stack", "outcome", "enforcement", "change"] as const;
export type Facet = (typeof FACETS)[number];

/** What can be sorted by. */
export const SORTS = ["severity", "status", "rule", "resource", "stack", "owner", "path", "message", "place"] as const;
export type Sort = (typeof SORTS)[number];

export const PAGE_SIZES = [50, 100, 250] as const;

const SEARCH = "text";
const collator = new Intl.Collator("en", { numeric: true, sensitivity: "base" });
const ORDERS: Partial<Record<string, readonly string[]>> = { severity: SEVERITIES, status: STATUSES };

const features = tableFeatures({
  coreReactivityFeature: storeReactivityBindings(),
  columnFilteringFeature,
  filteredRowModel: createFilteredRowModel(),
  columnFacetingFeature,
  facetedRowModel: createFacetedRowModel(),
  rowSortingFeature,
  sortedRowModel: createSortedRowModel(),
});

const helper = createColumnHelper<typeof features, Row>();
const IDS = [...new Set<Facet | Sort>([...FACETS, ...SORTS])];

/** What a finding counts as in a facet. */
function valueOf(row: Row, id: Facet | Sort): string {
  return id === "severity" ? graveness(row) : row[id];
}

const columns = helper.columns([
  ...IDS.map((id) =>
    helper.accessor((row) => row[id], {
      id,
      filterFn: (row, _id, chosen: readonly string[]) => chosen.includes(valueOf(row.original, id)),
      sortFn: (a, b) => {
        const order = ORDERS[id];
        if (order) return rank(order, a.original[id]) - rank(order, b.original[id]);
        const [left, right] = [a.original[id], b.original[id]];
        // What is empty says nothing, and comes after what does.
        return left && right ? collator.compare(left, right) : Number(!left) - Number(!right);
      },
    }),
  ),
  helper.accessor((row) => row.fingerprint, {
    id: SEARCH,
    filterFn: (row, _id, words: readonly string[]) => {
      const text = haystack(row.original);
      return words.every((word) => text.includes(word));
    },
  }),
]);

/** What is chosen, in a form that fits into a link. */
export interface State {
  query: string;
  filters: Partial<Record<Facet, string[]>>;
  sort: Sort | null;
  descending: boolean;
}

/** Findings that say the same of several resources; the first one stands for all. */
export type Said = readonly [Row, ...Row[]];

/** What one edit mends, or one finding by itself: what is said, each once. */
export type Group = readonly [Said, ...Said[]];

export class Model {
  private readonly table;
  private readonly counted = new Map<Facet, { of: readonly unknown[]; counts: [value: string, number: number][] }>();
  private grouped: { of: readonly unknown[]; groups: Group[] } | null = null;
  private index = 0;
  private size: number = PAGE_SIZES[0];
  private state: State = { query: "", filters: {}, sort: null, descending: false };

  constructor(readonly rows: Row[]) {
    this.table = constructTable({
      features,
      columns,
      data: rows,
      getRowId: (_row, index) => String(index),
    });
  }

  get chosen(): State {
    return this.state;
  }

  /** Takes over a choice, and goes to the first page. */
  choose(change: Partial<State>): void {
    const state = { ...this.state, ...change };
    this.state = state;
    const words = state.query.toLowerCase().split(/\s+/).filter(Boolean);
    this.table.setColumnFilters([
      ...FACETS.flatMap((id) => (state.filters[id]?.length ? [{ id: id as string, value: state.filters[id] as unknown }] : [])),
      ...(words.length ? [{ id: SEARCH, value: words }] : []),
    ]);
    this.table.setSorting(state.sort ? [{ id: state.sort, desc: state.descending }] : []);
    this.index = 0;
  }

  /** Adds a value to what is chosen of a facet, or takes it away. */
  toggle(facet: Facet, value: string): void {
    const now = this.state.filters[facet] ?? [];
    const values = now.includes(value) ? now.filter((other) => other !== value) : [...now, value];
    this.choose({ filters: { ...this.state.filters, [facet]: values } });
  }

  isChosen(facet: Facet, value: string): boolean {
    return this.state.filters[facet]?.includes(value) ?? false;
  }

  get isFiltered(): boolean {
    return this.state.query.trim() !== "" || FACETS.some((facet) => this.state.filters[facet]?.length);
  }

  /** How many findings there are of each value of a facet, by all that is chosen but in this facet; most first. */
  counts(facet: Facet): [value: string, number: number][] {
    const { flatRows } = this.table.getColumn(facet)!.getFacetedRowModel();
    const known = this.counted.get(facet);
    if (known?.of === flatRows) return known.counts;
    const values = new Map<string, number>();
    // Counted here: the table's own way keeps a list of values for each row and column.
    for (const { original } of flatRows) {
      const value = valueOf(original, facet);
      if (value || facet !== "severity") values.set(value, (values.get(value) ?? 0) + 1);
    }
    const order = ORDERS[facet];
    const counts = [...values].sort((a, b) =>
      order ? rank(order, a[0]) - rank(order, b[0]) : b[1] - a[1] || collator.compare(a[0], b[0]),
    );
    this.counted.set(facet, { of: flatRows, counts });
    return counts;
  }

  /** How many findings match. */
  get matching(): number {
    return this.table.getFilteredRowModel().rows.length;
  }

  /** What matches and is shown, by what one edit mends. */
  private get groups(): Group[] {
    const { rows } = this.table.getSortedRowModel();
    if (this.grouped?.of === rows) return this.grouped.groups;
    const groups = groupsOf(rows.map((row) => row.original));
    this.grouped = { of: rows, groups };
    return groups;
  }

  /** How many rows there are to turn the pages of. */
  get lines(): number {
    return this.groups.length;
  }

  get page(): Group[] {
    return this.groups.slice(this.index * this.size, (this.index + 1) * this.size);
  }

  get pages(): number {
    return Math.max(1, Math.ceil(this.lines / this.size));
  }

  get pageIndex(): number {
    return this.index;
  }

  set pageIndex(index: number) {
    this.index = Math.min(Math.max(index, 0), this.pages - 1);
  }

  get pageSize(): number {
    return this.size;
  }

  set pageSize(size: number) {
    const first = this.index * this.size;
    this.size = size;
    this.index = Math.floor(first / size);
  }

  /** Goes to the page that has a finding; whether there is one. */
  goTo(fingerprint: string): boolean {
    const index = this.groups.findIndex((group) => group.some((said) => said.some((row) => row.fingerprint === fingerprint)));
    if (index < 0) return false;
    this.pageIndex = Math.floor(index / this.size);
    return true;
  }
}

/** The findings in their order, those of one line where the first of them is. */
function groupsOf(rows: Row[]): Group[] {
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
