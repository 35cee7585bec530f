import type { JsonOf } from '../../api/lists.ts';
import { texts } from '../../texts.ts';

/** The kinds of differences, in the order of their tabs. */
export const kinds = ['gone', 'new', 'changed'] as const;
export type DifferenceKind = (typeof kinds)[number];

/** The answer of `GET /assay/diff`. */
export type Differences = JsonOf<'History.difference'>;

/** A finding that one of two images lacks, or that differs in them. */
export interface DifferenceRow {
  readonly key: string;
  readonly severity: string;
  /** The severity before, where it changed. */
  readonly before?: string;
  readonly vulnerability: string;
  readonly package: string;
  readonly versions: string;
  /** The code of the cause; none for a change. */
  readonly because?: string;
}

interface Versions {
  readonly installedVersion: string;
  readonly fixedVersion?: string;
}

const versionsOf = ({ installedVersion, fixedVersion }: Versions): string =>
  `${installedVersion} → ${fixedVersion ?? texts.findings.noFix}`;

/** The rows of one kind. */
export const rowsOf = (kind: DifferenceKind, of: Pick<Differences, DifferenceKind>): readonly DifferenceRow[] =>
  kind === 'changed'
    ? of.changed.map(({ before, after }, index) => ({
        key: String(index),
        severity: after.severity,
        ...(before.severity === after.severity ? {} : { before: before.severity }),
        vulnerability: after.vulnerability,
        package: after.package,
        versions: versionsOf(after),
      }))
    : of[kind].map((finding, index) => ({
        key: String(index),
        severity: finding.severity,
        vulnerability: finding.vulnerability,
        package: finding.package,
        versions: versionsOf(finding),
        because: finding.because,
      }));
