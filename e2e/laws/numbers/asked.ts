import { rowsOf } from '../../../apps/recommendation/test/csv.ts';
import { closedMonth, nextMonth } from './estate.ts';
import { severities } from './images.ts';
import { byName, sumOf, type ListNumbers } from './lists.ts';

// The numbers of the product, as its routes answer them.

/** Reads an address of the API, or posts a body to it. */
export type AskApi = (address: string, body?: object) => Promise<any>;

type Row = Record<string, any>;

const totalsIn = ({ total, counts, hidden }: Row): object => ({
  total,
  counts: byName(Object.entries(counts as object)),
  hidden,
});

const chargeIn = ({ charge }: Row): object => (charge ? { charge: sumOf([charge.rest ?? charge.amount]) } : {});

const nameIn = ({ registryId, repository, digest }: Row): string => `${registryId} ${repository} ${digest}`;

const imageIn = (row: Row): [string, object] => {
  const { status, reason, bySeverity, fixable, exempt, since } = row;
  return [
    nameIn(row),
    {
      status,
      ...(reason ? { reason } : {}),
      ...(bySeverity ? { bySeverity, fixable, exempt } : {}),
      ...(since ? { since } : {}),
      ...chargeIn(row),
    },
  ];
};

const eachIn = (rows: readonly Row[]): object => byName(rows.map(imageIn));

const vulnerabilitiesIn = ({ value, total, unknownImages }: Row): object => ({
  total,
  unknownImages,
  rows: byName(
    (value as Row[]).map(({ id, severity, findings, images, exempt, fixable }) => [
      id,
      { severity, findings, images, exempt, fixable },
    ]),
  ),
});

const fixesIn = ({ value }: Row): object =>
  byName(
    (value as Row[]).map(({ type, package: name, system = '', closes, of, images, bySeverity }) => [
      [type, name, system].join(' | '),
      { closes, of, images, bySeverity },
    ]),
  );

/** Counts by severity, whose names have a capital as in events. */
const titled = (counts: Row): object =>
  Object.fromEntries(severities.map((severity) => [severity, counts[severity.toLowerCase()]]));

const agesIn = ({ ages }: Row): object => (ages as Row[]).map(titled);

const todayIn = ({ days }: Row): object => {
  const { healthy, undetermined, notApplicable, unhealthyBySeverity } = (days as Row[]).at(-1)!;
  return { healthy, undetermined, notApplicable, unhealthyBySeverity: titled(unhealthyBySeverity) };
};

const pushesIn = ({ total: { pushed, assessed, notApplicable, undetermined, onItsWay, missing } }: Row): object => ({
  pushed,
  assessed,
  notApplicable,
  undetermined,
  onItsWay,
  missing,
});

const exemptionsIn = ({ value }: Row): object =>
  byName((value as Row[]).map(({ scope, ruleId, exempted, fixable }) => [`${scope} ${ruleId}`, { exempted, fixable }]));

const recordsIn = ({ data }: Row): object => {
  const count = (code: string, severity?: string): number =>
    (data as Row[]).find((row) => row.code === code && (severity === undefined || row.severity === severity))?.count_ ??
    0;
  const [High, Medium, Low] = ['High', 'Medium', 'Low'].map((severity) => count('Unhealthy', severity));
  return { High, Medium, Low, healthy: count('Healthy') };
};

/** A cell of a spreadsheet: a formula begins with an apostrophe. */
const plain = (cell: string): string => cell.replace(/^'(?=[=+\-@\t\r])/, '');

const csvIn = (text: string): object =>
  byName(
    rowsOf(text).map((row) => {
      const { registryId, repository, digest, status, reason, since, critical, fixable, exempt } = row as Row;
      const place = { registryId, repository: plain(repository as string), digest };
      return imageIn({
        ...place,
        status,
        reason,
        since,
        ...(critical === ''
          ? {}
          : { bySeverity: titled(numbered(row)), fixable: Number(fixable), exempt: Number(exempt) }),
      });
    }),
  );

const numbered = (row: Row): Row => Object.fromEntries(Object.entries(row).map(([name, cell]) => [name, Number(cell)]));

const subAssessments = `securityresources | where type == 'microsoft.security/assessments/subassessments'
  | where id contains 'dbd0cb49-b563-45e7-9724-889e799fa648'
  | summarize count() by code = tostring(properties.status.code), severity = tostring(properties.status.severity)`;

/** The cause that the explanation of each declined image names. */
const causesOf = async (ask: AskApi, images: readonly Row[]): Promise<[string, string][]> => {
  const declined = images.filter(({ reason }) => reason === 'registry-not-public' || reason === 'plan-disabled');
  const explained = await Promise.all(declined.map(({ digest }) => ask(`/assay/images/${digest}/why`)));
  return declined.flatMap((image, n): [string, string][] => {
    const { steps } = (explained[n].places as Row[]).find((place) => nameIn(place) === nameIn(image))!;
    const details = (steps as Row[]).flatMap((step) => (step.step === 'verdict' ? (step.details as string[]) : []));
    const [, cause] = details.flatMap((text) => /^Cause: (registry|plan) /.exec(text) ?? []);
    return cause === undefined ? [] : [[nameIn(image), cause]];
  });
};

/** The totals of each month for a caller of one subscription or of all. */
const billsIn = (bills: readonly Row[]): object =>
  byName(
    bills.flatMap(({ period, totals }): [string, string][] =>
      (totals as Row[]).map(({ amount, currency, charges }) => [period, `${amount} ${currency}, ${charges}`]),
    ),
  );

const closedIn = ({ value }: Row, subscription: string | undefined): Row[] =>
  (value as Row[]).map(({ period, file, inScope }) => ({ period, ...(subscription === undefined ? file : inScope) }));

/** The numbers of `assay status --json`. */
export const statusNumbers = (list: Row): ListNumbers => ({
  images: totalsIn(list),
  'each image of the list': eachIn(list['images'] as Row[]),
});

/**
 * Asks the lists, for the images of one subscription or of all.
 * @param only the number that is wanted; all without it
 */
export const askedNumbers = async (given: AskApi, subscription?: string, only?: string): Promise<ListNumbers> => {
  const answers = new Map<string, Promise<any>>();
  const ask: AskApi = (address, body) => {
    const answer = answers.get(address) ?? given(address, body);
    answers.set(address, answer);
    return answer;
  };
  const at = (path: string, more: Record<string, string> = {}): Promise<any> =>
    ask(`${path}?${new URLSearchParams({ ...(subscription ? { subscription } : {}), ...more }).toString()}`);
  const images = (more: Record<string, string> = {}) => at('/assay/images', { top: '1000', ...more });
  const every = async (): Promise<Row[]> => (await images({ children: 'true' })).value as Row[];
  const vulnerabilities = async (more: Record<string, string> = {}) =>
    vulnerabilitiesIn(await at('/assay/vulnerabilities', { top: '1000', ...more }));
  const fixes = async (more: Record<string, string> = {}) =>
    fixesIn(await at('/assay/fixes', { top: '1000', ...more }));
  const numbers: Readonly<Record<string, () => Promise<unknown>>> = {
    images: async () => totalsIn(await images()),
    ...Object.fromEntries(
      severities.map((severity) => [
        `images of ${severity}`,
        async () => totalsIn(await images({ severity: severity.toLowerCase() })),
      ]),
    ),
    'images with a fix': async () => totalsIn(await images({ fixable: 'true' })),
    'images with a critical fix': async () => totalsIn(await images({ fixable: 'true', severity: 'critical' })),
    'each image': async () => eachIn(await every()),
    'each image of the list': async () => eachIn((await images()).value as Row[]),
    'each image as CSV': async () => csvIn(await images({ format: 'csv' })),
    vulnerabilities: () => vulnerabilities(),
    'vulnerabilities with hidden ones': () => vulnerabilities({ state: 'all' }),
    'high vulnerabilities': () => vulnerabilities({ severity: 'high' }),
    fixes: () => fixes(),
    'high fixes': () => fixes({ severity: 'high' }),
    'images today': async () => todayIn(await at('/assay/trends')),
    'ages of findings': async () => agesIn(await at('/assay/trends')),
    pushes: async () => pushesIn(await at('/assay/coverage', { from: '2026-10-01', to: '2026-11-24' })),
    causes: async () => byName(await causesOf(ask, await every())),
    ...(subscription ? {} : { exemptions: async () => exemptionsIn(await at('/assay/rules')) }),
    'records of Resource Graph': async () =>
      recordsIn(
        await ask('/providers/Microsoft.ResourceGraph/resources?api-version=2024-04-01', {
          query: subAssessments,
          ...(subscription ? { subscriptions: [subscription] } : {}),
        }),
      ),
    'charges by month': async () =>
      billsIn([await at('/assay/charges', { period: closedMonth }), await at('/assay/charges', { period: nextMonth })]),
    'closed months': async () => billsIn(closedIn(await at('/assay/periods'), subscription)),
  };
  const asked: Record<string, unknown> = {};
  for (const [name, number] of Object.entries(numbers))
    if (only === undefined || name === only) asked[name] = await number();
  return asked;
};
