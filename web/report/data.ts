/** What a run found, as `poolgate/report/html.py` writes it into the page, and the rows that are made of it. */

import { rank } from "../shared/model";

export type Severity = "critical" | "high" | "medium" | "low";

export interface Rule {
  id: string;
  title: string;
  why: string;
  remedy: string;
  source: string;
  tags: string[];
}

export interface Waiver {
  reason: string;
  owner: string;
  ticket: string;
  created: string;
  expires: string;
  approved_by: string;
}

/** An exception of a policy config: nobody can tell whose it is, and it has no end date. */
export interface Exemption {
  id: string;
  reason: string;
}

export interface Change {
  new: number;
  changed: number;
  kept: number;
  gone: number;
  gone_first: [rule: string, stack: string, name: string, path: string, message: string][];
}

type PlaceRow = [file: number, line: number, column: number | null];

interface Raw {
  title: string;
  version: string;
  command: string;
  started: string;
  projects: string[];
  stacks: number;
  resources: number;
  pools: number;
  clean: number;
  /** How much there is to edit, in words; empty where there is nothing. */
  edits: string;
  conclusion: string;
  /** What has to be said of a run that came to no verdict. */
  headline: string | null;
  notes: string[];
  passed_over: [kind: string, name: string, why: string][];
  fail_on: string | null;
  known: { number: number; changed: number } | null;
  change: Change | null;
  columns: string[];
  rules: Rule[];
  subjects: [urn: string, type: string, name: string, project: string, stack: string, owner: string, team: string, costCenter: string, environment: string][];
  texts: string[];
  waivers: Waiver[];
  exceptions: Exemption[];
  findings: unknown[][];
}

/** One finding, with everything that stands in tables put in its place. */
export interface Row {
  rule: string;
  about: Rule;
  severity: Severity;
  enforcement: string;
  outcome: string;
  status: string;
  urn: string;
  type: string;
  resource: string;
  stack: string;
  owner: string;
  team: string;
  costCenter: string;
  environment: string;
  path: string;
  message: string;
  remedy: string;
  place: string;
  /** What findings have in common that one edit mends; null where there is no other. */
  line: number | null;
  related: string[];
  from: string[];
  waiver: Waiver | null;
  exception: Exemption | null;
  origin: string;
  fingerprint: string;
  change: string;
}

export interface Data extends Omit<Raw, "subjects" | "texts" | "waivers" | "exceptions" | "findings" | "columns"> {
  rows: Row[];
}

export const SEVERITIES: readonly string[] = ["critical", "high", "medium", "low"];
export const STATUSES: readonly string[] = ["to mend", "advisory", "not judged", "waived"];

/** What a chart counts a finding as: how grave it would be is not known of what was not judged. */
export function graveness(row: Row): string {
  return row.outcome === "unknown" ? "" : row.severity;
}

/** Reads the block of JSON in the page. What is to mend comes first, the most severe of it at the top. */
export function readData(): Data {
  const raw = JSON.parse(document.getElementById("data")?.textContent ?? "") as Raw;
  const at = Object.fromEntries(raw.columns.map((name, index) => [name, index]));
  const text = (number: unknown): string => (number === null ? "" : (raw.texts[number as number] ?? ""));
  const place = (file: unknown, line: unknown, column: unknown): string =>
    file === null ? "" : [text(file), line, column].filter((part) => part !== null).join(":");
  const rows = raw.findings.map((cells): Row => {
    const cell = (name: string): unknown => cells[at[name] as number];
    const [urn, type, name, project, stack, owner, team, costCenter, environment] = raw.subjects[cell("subject") as number]!;
    const about = raw.rules[cell("rule") as number]!;
    const waiver = cell("waiver");
    const exception = cell("exception");
    return {
      rule: about.id,
      about,
      severity: cell("severity") as Severity,
      enforcement: cell("enforcement") as string,
      outcome: cell("outcome") as string,
      status: cell("status") as string,
      urn,
      type,
      resource: name,
      stack: [project, stack].filter(Boolean).join("/"),
      owner,
      team,
      costCenter,
      environment,
      path: text(cell("path")),
      message: cell("message") as string,
      remedy: text(cell("remedy")),
      place: place(cell("file"), cell("line"), cell("column")),
      line: cell("edit") as number | null,
      related: (cell("related") as PlaceRow[]).map((other) => place(...other)),
      from: (cell("from") as number[]).map(text),
      waiver: waiver === null ? null : raw.waivers[waiver as number]!,
      exception: exception === null ? null : raw.exceptions[exception as number]!,
      origin: cell("origin") as string,
      fingerprint: cell("fingerprint") as string,
      change: cell("change") as string,
    };
  });
  const own = (row: Row): number => rank(STATUSES, row.status) * 10 + rank(SEVERITIES, row.severity);
  const worst = new Map<number, number>();
  for (const row of rows) if (row.line !== null) worst.set(row.line, Math.min(own(row), worst.get(row.line) ?? Infinity));
  const order = (row: Row): number => (row.line === null ? own(row) : worst.get(row.line)!);
  // Stable: what one edit mends is together, and in the order in which it is to be read.
  rows.sort((a, b) => order(a) - order(b) || (a.line ?? 0) - (b.line ?? 0));
  return { ...raw, rows };
}

const haystacks = new WeakMap<Row, string>();

/** All text of a finding in lower case, made when it is first searched. */
export function haystack(row: Row): string {
  let text = haystacks.get(row);
  if (text === undefined) {
    const { waiver, exception } = row;
    text = [
      row.rule, row.about.title, row.severity, row.enforcement, row.outcome, row.status, row.urn, row.resource,
      row.stack, row.owner, row.team, row.costCenter, row.environment, row.path, row.message, row.remedy, row.place, ...row.related, ...row.from,
      row.fingerprint, row.change, ...row.about.tags,
      ...(waiver ? [waiver.reason, waiver.owner, waiver.ticket, waiver.expires, waiver.approved_by] : []),
      ...(exception ? [exception.id, exception.reason] : []),
    ].join("\n").toLowerCase();
    haystacks.set(row, text);
  }
  return text;
}
