/** Rows that are filtered and sorted by TanStack Table, which draws nothing; and the pages of what they are shown as. */

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

export const PAGE_SIZES = [50, 100, 250] as const;

const SEARCH = "text";
const collator = new Intl.Collator("en", { numeric: true, sensitivity: "base" });

const features = tableFeatures({
  coreReactivityFeature: storeReactivityBindings(),
  columnFilteringFeature,
  filteredRowModel: createFilteredRowModel(),
  columnFacetingFeature,
  facetedRowModel: createFacetedRowModel(),
  rowSortingFeature,
  sortedRowModel: createSortedRowModel(),
});

/** What is chosen, in a form that fits into a link. */
export interface State<Facet extends string, Sort extends string> {
  query: string;
  filters: Partial<Record<Facet, string[]>>;
  sort: Sort | null;
  descending: boolean;
}

/** What a table has: what can be chosen from, each by a list of values of which a row has one, and what can be sorted by. */
export interface Shape<Row, Facet extends string, Sort extends string> {
  facets: readonly Facet[];
  sorts: readonly Sort[];
  /** Values that have an order of their own, by facet or column. */
  orders: Partial<Record<string, readonly string[]>>;
  /** What a row is sorted by. */
  sorted(row: Row, id: Facet | Sort): string;
  /** What a row counts as in a facet; null for nothing. */
  value(row: Row, facet: Facet): string | null;
  /** All text of a row, in lower case. */
  text(row: Row): string;
}

/** The place of a value in its order; what has none comes last. */
export function rank(order: readonly string[], value: string): number {
  const index = order.indexOf(value);
  return index < 0 ? order.length : index;
}

/** The rows of a table, and what is chosen of them. An `Item` is what is shown together, and counts as one of a page. */
export abstract class Model<Row, Facet extends string, Sort extends string, Item> {
  private readonly table;
  private readonly counted = new Map<Facet, { of: readonly unknown[]; counts: [value: string, number: number][] }>();
  private made: { of: readonly unknown[]; items: Item[] } | null = null;
  private index = 0;
  private size: number = PAGE_SIZES[0];
  private state: State<Facet, Sort> = { query: "", filters: {}, sort: null, descending: false };

  constructor(
    private data: Row[],
    readonly shape: Shape<Row, Facet, Sort>,
  ) {
    const helper = createColumnHelper<typeof features, Row & object>();
    const ids = [...new Set<Facet | Sort>([...shape.facets, ...shape.sorts])];
    const columns = helper.columns([
      ...ids.map((id) =>
        helper.accessor((row) => shape.sorted(row, id), {
          id,
          filterFn: (row, _id, chosen: readonly string[]) => chosen.includes(shape.value(row.original, id as Facet) ?? ""),
          sortFn: (a, b) => {
            const order = shape.orders[id];
            const [left, right] = [shape.sorted(a.original, id), shape.sorted(b.original, id)];
            if (order) return rank(order, left) - rank(order, right);
            // What is empty says nothing, and comes after what does.
            return left && right ? collator.compare(left, right) : Number(!left) - Number(!right);
          },
        }),
      ),
      helper.accessor(() => "", {
        id: SEARCH,
        filterFn: (row, _id, words: readonly string[]) => {
          const text = shape.text(row.original);
          return words.every((word) => text.includes(word));
        },
      }),
    ]);
    this.table = constructTable({ features, columns, data: data as (Row & object)[], getRowId: (_row, index) => String(index) });
  }

  /** What is shown of rows in their order. */
  protected abstract itemsOf(rows: Row[]): Item[];

  /** Whether the finding of a link is among what is shown together. */
  protected abstract holds(item: Item, fingerprint: string): boolean;

  get rows(): Row[] {
    return this.data;
  }

  /** Takes other rows in the place of those that there are. */
  protected replace(rows: Row[]): void {
    this.data = rows;
    this.table.setOptions((options) => ({ ...options, data: rows as (Row & object)[] }));
  }

  get chosen(): State<Facet, Sort> {
    return this.state;
  }

  /** Takes over a choice, and goes to the first page. */
  choose(change: Partial<State<Facet, Sort>>): void {
    const state = { ...this.state, ...change };
    this.state = state;
    const words = state.query.toLowerCase().split(/\s+/).filter(Boolean);
    this.table.setColumnFilters([
      ...this.shape.facets.flatMap((id) => (state.filters[id]?.length ? [{ id: id as string, value: state.filters[id] as unknown }] : [])),
      ...(words.length ? [{ id: SEARCH, value: words }] : []),
    ]);
    this.table.setSorting(state.sort ? [{ id: state.sort, desc: state.descending }] : []);
    this.index = 0;
  }

  /** Adds a value to what is chosen of a facet, or takes it away. */
  toggle(facet: Facet, value: string): void {
    const now = this.state.filters[facet] ?? [];
    const values = now.includes(value) ? now.filter((other) => other !== value) : [...now, value];
    this.choose({ filters: { ...this.state.filters, [facet]: values } as Partial<Record<Facet, string[]>> });
  }

  isChosen(facet: Facet, value: string): boolean {
    return this.state.filters[facet]?.includes(value) ?? false;
  }

  get isFiltered(): boolean {
    return this.state.query.trim() !== "" || this.shape.facets.some((facet) => this.state.filters[facet]?.length);
  }

  /** How many rows there are of each value of a facet, by all that is chosen but in this facet; most first. */
  counts(facet: Facet): [value: string, number: number][] {
    const { flatRows } = this.table.getColumn(facet)!.getFacetedRowModel();
    const known = this.counted.get(facet);
    if (known?.of === flatRows) return known.counts;
    const values = new Map<string, number>();
    // Counted here: the table's own way keeps a list of values for each row and column.
    for (const { original } of flatRows) {
      const value = this.shape.value(original, facet);
      if (value !== null) values.set(value, (values.get(value) ?? 0) + 1);
    }
    const order = this.shape.orders[facet];
    const counts = [...values].sort((a, b) =>
      order ? rank(order, a[0]) - rank(order, b[0]) : b[1] - a[1] || collator.compare(a[0], b[0]),
    );
    this.counted.set(facet, { of: flatRows, counts });
    return counts;
  }

  /** How many rows match. */
  get matching(): number {
    return this.table.getFilteredRowModel().rows.length;
  }

  /** What matches, as it is shown. */
  private get items(): Item[] {
    const { rows } = this.table.getSortedRowModel();
    if (this.made?.of === rows) return this.made.items;
    const items = this.itemsOf(rows.map((row) => row.original));
    this.made = { of: rows, items };
    return items;
  }

  /** How many items there are to turn the pages of. */
  get lines(): number {
    return this.items.length;
  }

  get page(): Item[] {
    return this.items.slice(this.index * this.size, (this.index + 1) * this.size);
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
    const index = this.items.findIndex((item) => this.holds(item, fingerprint));
    if (index < 0) return false;
    this.pageIndex = Math.floor(index / this.size);
    return true;
  }
}
