import {
  canonical,
  definitionOf,
  intoPages,
  setSum,
  type AnyEvent,
  type Finding,
  type FindingClassified,
  type Inventory,
  type RuleChanged,
  type ScanCompleted,
  type ScanReassessed,
  type SetChange,
} from '@assay/events';
import { eventOf } from '@assay/testing';
import { packageManagersIn, shellsIn } from '@assay/verdict';

/** Event data without its class, so that a test may change a copy. */
type Plain<Data> = { -readonly [K in keyof Data]: Data[K] };

const example = <Data>(topic: string): Plain<Data> => structuredClone(definitionOf(topic)!.examples[1]) as Plain<Data>;

export const scanExample = example<ScanCompleted>('scan.completed');
export const { digest, registryId, subscriptionId } = scanExample;
export const findingExample = scanExample.findings[0]!;
const reassessedExample = example<ScanReassessed>('scan.reassessed');

export const finding = (data: Partial<Finding> = {}): Finding => ({ ...findingExample, ...data });
const { fixedVersion: _fixed, ...withoutFix } = findingExample;
export const unfixed: Finding = withoutFix;
const { score: _score, ...withoutScore } = findingExample;
export const unscored: Finding = withoutScore;
/** A finding that no source rates. */
export const unrated: Finding = { ...withoutScore, severity: 'Unknown' };

/** A package of an image, as far as the status depends on it. A bare name is a package of the operating system. */
type Listed = string | { readonly name: string; readonly type: string };

/** A language package, which proves nothing about the operating system. */
export const npmPackage = (name: string): Listed => ({ name, type: 'node-pkg' });
/** Packages of a healthy image of a distribution. */
export const ordinary = ['bash', 'dpkg', 'libc6', 'libssl3'];

/** The inventory of an image with these packages. */
const inventoryOf = (packages: readonly Listed[]): Inventory => {
  const names = [...new Set(packages.filter((each) => typeof each === 'string'))];
  return {
    packages: packages.length,
    systemPackages: names.length,
    packageManagers: packageManagersIn(names),
    shells: shellsIn(names),
    languages: [...new Set(packages.flatMap((each) => (typeof each === 'string' ? [] : [each.type])))],
  };
};

export interface Scan extends Omit<Partial<ScanCompleted>, 'packages' | 'findings' | 'removed'> {
  readonly packages?: readonly Listed[];
  readonly findings?: readonly Finding[];
}

/** A witness that agrees with every report. */
export const { witness: agreeing } = scanExample;

/** Pages as events of a topic. Each page has its own id. */
const pagesOf = (
  topic: 'scan.completed' | 'scan.reassessed',
  head: object,
  findings: readonly Finding[],
  pageBytes?: number,
): AnyEvent[] => {
  const { id: cause } = eventOf('scan.approved', digest, {});
  return intoPages(head, { findings }, pageBytes).map((page) =>
    eventOf(topic, digest, page, { id: `${cause}/${page.page}`, correlationid: 'push-1' }),
  );
};

/** The parts of a head that name a result and its whole set. By default a verdict has a result of its own. */
const wholeSet = (
  result: number,
  findings: readonly Finding[],
): Pick<ScanReassessed, 'result' | 'content' | 'set' | 'layers'> => ({
  result,
  content: 'set',
  set: setSum(canonical(findings)),
  layers: scanExample.layers!,
});

/**
 * The pages of one completed scan: the example, with the given findings as a whole set, overridden by the test. It has
 * a witness that agrees. Without success it has no result.
 */
export const scanned = ({ packages = ordinary, findings = [], ...data }: Scan = {}, pageBytes?: number): AnyEvent[] => {
  const { page: _page, pages: _pages, findings: _findings, result: _result, set: _set, ...bare } = scanExample;
  const { layers: _layers, packages: _packages, report: _report, ...common } = bare;
  const isSuccess = (data.outcome ?? 'succeeded') === 'succeeded';
  const head = {
    ...common,
    inventory: inventoryOf(packages),
    ...(isSuccess ? wholeSet(data.result ?? data.verdict ?? 1, findings) : { content: 'none' as const }),
    ...data,
  };
  return pagesOf('scan.completed', head, isSuccess ? findings : [], pageBytes);
};

/** A completed scan of a result that an earlier event brought. */
export const joined = (findings: readonly Finding[], data: Scan = {}): AnyEvent[] =>
  scanned({ result: 1, ...data, content: 'none', set: setSum(canonical(findings)), layers: undefined as never });

export interface Reassessment extends Omit<Partial<ScanReassessed>, 'packages' | 'findings'> {
  readonly packages?: readonly Listed[];
}

/** The pages of a reassessment whose whole set is given, by default of result 2. */
export const reassessed = (
  findings: readonly Finding[],
  { packages = ordinary, ...data }: Reassessment = {},
  pageBytes?: number,
): AnyEvent[] => {
  const {
    page: _page,
    pages: _pages,
    findings: _findings,
    removed: _removed,
    packages: _packages,
    ...common
  } = reassessedExample;
  const head = { ...common, inventory: inventoryOf(packages), ...wholeSet(data.result ?? 2, findings), ...data };
  return pagesOf('scan.reassessed', head, findings, pageBytes);
};

/** The pages of a reassessment that has a change, with the sum of the set after it. */
export const changed = (
  { findings, removed }: Pick<SetChange<Finding>, 'findings' | 'removed'>,
  after: readonly Finding[],
  data: Reassessment = {},
  pageBytes?: number,
): AnyEvent[] =>
  reassessed(
    findings,
    {
      content: 'change',
      set: setSum(canonical(after)),
      layers: undefined as never,
      ...(removed.length > 0 ? { removed: [...removed] } : {}),
      ...data,
    },
    pageBytes,
  );

/** A limit so low that each finding is on a page of its own. */
export const smallPages = 1;

export const ruled = (
  data: Partial<Omit<RuleChanged, 'expiresAt'>> & { expiresAt?: string } = {},
  more: Partial<AnyEvent> = {},
): AnyEvent =>
  eventOf(
    'rule.changed',
    data.scope ?? '',
    { ...example<object>('rule.changed'), criteria: { vulnerabilities: [findingExample.vulnerability] }, ...data },
    more,
  );

export const emittedIn = (events: readonly AnyEvent[]): FindingClassified[] =>
  events.map(({ data }) => data as FindingClassified);
