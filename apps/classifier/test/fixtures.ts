import {
  definitionOf,
  intoPages,
  type AnyEvent,
  type FindingClassified,
  type Package,
  type RuleChanged,
  type ScanCompleted,
  type ScannedFinding,
} from '@assay/events';
import { eventOf } from '@assay/testing';

/** Event data without its class, so that a test may change a copy. */
type Plain<Data> = { -readonly [K in keyof Data]: Data[K] };

const example = <Data>(topic: string): Plain<Data> => structuredClone(definitionOf(topic)!.examples[1]) as Plain<Data>;

export const scanExample = example<ScanCompleted>('scan.completed');
export const { digest, registryId, subscriptionId } = scanExample;
export const findingExample = scanExample.findings[0]!;

export const finding = (data: Partial<ScannedFinding> = {}): ScannedFinding => ({ ...findingExample, ...data });
/** A bare name makes a package of the operating system. */
const packageOf = (given: string | Package, family = 'debian'): Package =>
  typeof given === 'string' ? { name: given, version: '1', type: family, purl: `pkg:generic/${given}@1` } : given;
/** A language package, which proves nothing about the operating system. */
export const npmPackage = (name: string): Package => ({
  name,
  version: '1',
  type: 'node-pkg',
  purl: `pkg:npm/${name}@1`,
});
/** Packages of a healthy image of a distribution. */
export const ordinary = ['bash', 'dpkg', 'libc6', 'libssl3'];

export interface Scan extends Omit<Partial<ScanCompleted>, 'packages' | 'findings'> {
  readonly packages?: readonly (string | Package)[];
  readonly findings?: readonly ScannedFinding[];
}

/** A witness that agrees with every report. */
export const { witness: agreeing } = scanExample;

/**
 * The pages of one completed scan: the example without findings, overridden by the test. It has a witness that agrees,
 * and an inventory only if the test gives one, so that the packages decide. Each page has its own id.
 */
export const scanned = ({ packages = ordinary, findings = [], ...data }: Scan = {}, pageBytes?: number): AnyEvent[] => {
  const {
    page: _page,
    pages: _pages,
    findings: _findings,
    packages: _packages,
    ...head
  } = {
    ...scanExample,
    inventory: undefined as never,
    ...data,
  };
  const { id: cause } = eventOf('scan.approved', digest, {});
  return intoPages(
    head,
    { findings, packages: packages.map((given) => packageOf(given, head.os?.family)) },
    pageBytes,
  ).map((page) =>
    eventOf('scan.completed', page.digest, page, { id: `${cause}/${page.page}`, correlationid: 'push-1' }),
  );
};

/** Bytes of a page that holds about one finding. */
export const smallPages = Buffer.byteLength(JSON.stringify({ ...scanExample, inventory: undefined })) + 1300;

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
