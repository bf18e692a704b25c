/** A history as `poolgate/history/html.py` writes it into the page, and what is made of it. */

import { rank } from "../shared/model";

export const DIMENSIONS = ["rule", "owner", "team", "cost-center", "environment", "platform", "stack"] as const;
export type Dimension = (typeof DIMENSIONS)[number];

export const KINDS = ["new", "returned", "waiver ended", "mended", "no longer asked", "waived"] as const;
export type Kind = (typeof KINDS)[number];

export const SEVERITIES: readonly string[] = ["critical", "high", "medium", "low"];
/** What is there now, and what has ended. */
export const LIVE: readonly string[] = ["to mend", "advisory", "waived"];
export const STATUSES: readonly string[] = [...LIVE, "mended", "no longer asked"];

export interface Counts {
  open: number;
  mandatory: number;
  waived: number;
  unknown: number;
}

type Standing = "read" | "not read" | "missing" | "vanished";

export interface Audit extends Counts {
  started: string;
  day: string;
  version: string;
  rules: number;
  differs: { rules_added: string[]; rules_removed: string[]; options_changed: string[]; version_before: string | null } | null;
  stacks: Record<Standing, number>;
}

export interface Stack {
  project: string;
  stack: string;
  file: string | null;
  standing: Standing;
  since: string | null;
  last_read: string | null;
  unread: { standing: Standing; since: string; until: string | null }[];
  owner: string;
}

/** A waiver, or an exception of a policy config, which has an id and no last day. */
export interface Waiver {
  owner: string;
  ticket: string;
  expires: string | null;
  days_left: number | null;
  reason: string;
  exception: string;
  since: string;
  owners: string[];
  findings: number;
  stacks: number;
}

/** One group of a dimension; `trend…` are runs: a value, and how many audits in a row have it. */
interface RawGroup extends Counts {
  name: string;
  changes: Record<Kind, number>;
  stacks: number;
  oldest: string | null;
  trend: number[];
  trend_mandatory: number[];
  trend_waived: number[];
  trend_unknown: number[];
}

export interface Group extends Omit<RawGroup, "trend" | "trend_mandatory" | "trend_waived" | "trend_unknown"> {
  trend: Counts[];
  /** At which audits not all of it could be looked for. */
  blind: boolean[];
}

export interface Rule {
  id: string;
  title: string;
  why: string;
  remedy: string;
  source: string;
}

interface Raw {
  version: string;
  first_by: Dimension;
  since: string | null;
  summary: { stacks: Record<Standing, number>; changes: Record<Kind, number> } & Counts;
  notes: string[];
  audits: Audit[];
  stacks: Stack[];
  waivers: Waiver[];
  by: Record<Dimension, RawGroup[]>;
  rules: Rule[];
  columns: string[];
  findings: (number | null)[][];
  texts: string[];
}

/** One finding; a text that is not known is empty. */
export interface Row {
  status: string;
  change: string;
  severity: string;
  enforcement: string;
  rule: string;
  about: Rule;
  resource: string;
  type: string;
  urn: string;
  stack: string;
  path: string;
  message: string;
  unknown: string;
  because: string;
  first_seen: string;
  last_seen: string;
  mended: string;
  returned: string;
  waiver: string;
  waiver_owner: string;
  waiver_ticket: string;
  waiver_expires: string;
  waiver_reason: string;
  waiver_approved_by: string;
  exception: string;
  exception_reason: string;
  waived_since: string;
  fingerprint: string;
  groups: Record<Dimension, string>;
}

export interface Data extends Omit<Raw, "columns" | "findings" | "texts" | "by" | "rules"> {
  rows: Row[];
  base: Audit | null;
  last: Audit;
  by: Record<Dimension, Group[]>;
}

/** How a waiver is named in a link: by its last day, its owner and its ticket, or as an exception by its id. */
export function waiverKey(expires: string, owner: string, ticket: string, exception: string): string {
  return expires ? [expires, owner, ticket].filter(Boolean).join(" ") : exception && `exception ${exception}`;
}

export function nameOf(stack: Stack): string {
  return stack.project || stack.stack ? `${stack.project}/${stack.stack}` : (stack.file ?? "");
}

/** A day, without its time. */
export const day = (moment: string): string => moment.slice(0, 10);
/** A time as it is told, in UTC. */
export const when = (moment: string): string => `${day(moment)} ${moment.slice(11, 16)}`;

/** Reads the block of JSON in the page. What is to mend comes first, the most severe of it at the top. */
export function readData(): Data {
  const raw = JSON.parse(document.getElementById("data")?.textContent ?? "") as Raw;
  const rules = new Map(raw.rules.map((rule) => [rule.id, rule]));
  const rows = raw.findings.map((cells): Row => {
    const of: Record<string, string> = {};
    raw.columns.forEach((name, index) => (of[name] = cells[index] === null ? "" : raw.texts[cells[index]!]!));
    const at = (name: string): string => of[name] ?? "";
    const rule = at("rule");
    return {
      status: at("status"),
      change: at("change"),
      severity: at("severity"),
      enforcement: at("enforcement"),
      rule,
      about: rules.get(rule) ?? { id: rule, title: rule, why: "", remedy: "", source: "" },
      resource: at("name"),
      type: at("type"),
      urn: at("urn"),
      stack: `${at("project")}/${at("stack")}`,
      path: at("path"),
      message: at("message"),
      unknown: at("unknown"),
      because: at("because"),
      first_seen: at("first_seen"),
      last_seen: at("last_seen"),
      mended: at("mended"),
      returned: at("returned"),
      waiver: at("status") === "waived" ? waiverKey(at("waiver_expires"), at("waiver_owner"), at("waiver_ticket"), at("exception")) : "",
      waiver_owner: at("waiver_owner"),
      waiver_ticket: at("waiver_ticket"),
      waiver_expires: at("waiver_expires"),
      waiver_reason: at("waiver_reason"),
      waiver_approved_by: at("waiver_approved_by"),
      exception: at("exception"),
      exception_reason: at("exception_reason"),
      waived_since: at("waived_since"),
      fingerprint: at("fingerprint"),
      groups: Object.fromEntries(DIMENSIONS.map((name) => [name, at(`by ${name}`)])) as Record<Dimension, string>,
    };
  });
  const order = (row: Row): number => rank(STATUSES, row.status) * 10 + rank(SEVERITIES, row.severity);
  rows.sort((a, b) => order(a) - order(b));
  const { audits } = raw;
  const unread = new Map(raw.stacks.map((stack) => [nameOf(stack), stack.unread]));
  const by = Object.fromEntries(
    DIMENSIONS.map((name) => [name, raw.by[name].map((group) => read(group, name === "stack" ? (unread.get(group.name) ?? []) : [], audits))]),
  ) as Record<Dimension, Group[]>;
  const base = audits.find((audit) => audit.started === raw.since) ?? null;
  return { ...raw, rows, by, base, last: audits[audits.length - 1]! };
}

function read(raw: RawGroup, unread: Stack["unread"], audits: Audit[]): Group {
  const { trend, trend_mandatory, trend_waived, trend_unknown, ...group } = raw;
  const [open, mandatory, waived, unknown] = [trend, trend_mandatory, trend_waived, trend_unknown].map(unpacked) as [number[], number[], number[], number[]];
  const times = unread.map(({ since, until }) => [Date.parse(since), until === null ? Infinity : Date.parse(until)] as const);
  return {
    ...group,
    trend: open.map((number, index) => ({ open: number, mandatory: mandatory[index]!, waived: waived[index]!, unknown: unknown[index]! })),
    blind: audits.map(({ started }, index) => {
      const time = Date.parse(started);
      return unknown[index]! > 0 || times.some(([since, until]) => since <= time && time < until);
    }),
  };
}

function unpacked(runs: number[]): number[] {
  const values: number[] = [];
  for (let index = 0; index < runs.length; index += 2) values.push(...Array<number>(runs[index + 1]!).fill(runs[index]!));
  return values;
}

/** In what an audit judged otherwise than the one before, in words. */
export function difference({ differs, version }: Audit): string {
  if (!differs) return "";
  const told = ([names, what]: readonly [string[], string]): string =>
    names.length ? `${names.length} ${names.length === 1 ? "rule" : "rules"} ${what}` : "";
  return [
    ...([[differs.rules_added, "more"], [differs.rules_removed, "fewer"], [differs.options_changed, "by other options"]] as const).map(told),
    differs.version_before && `poolgate ${version} after ${differs.version_before}`,
  ].filter(Boolean).join(", ");
}

/** How many stacks an audit knew of, and how many of them stood otherwise than read. */
export function stacksOf({ stacks }: Pick<Audit, "stacks">): { all: number; unread: number } {
  const unread = stacks["not read"] + stacks.missing + stacks.vanished;
  return { all: stacks.read + unread, unread };
}

const haystacks = new WeakMap<Row, string>();

/** All text of a finding in lower case, made when it is first searched. */
export function haystack(row: Row): string {
  let text = haystacks.get(row);
  if (text === undefined) {
    text = [
      row.rule, row.about.title, row.severity, row.enforcement, row.status, row.change, row.resource, row.urn, row.stack,
      row.path, row.message, row.unknown, row.waiver, row.waiver_reason, row.exception, row.exception_reason, row.fingerprint, ...Object.values(row.groups),
    ].join("\n").toLowerCase();
    haystacks.set(row, text);
  }
  return text;
}
