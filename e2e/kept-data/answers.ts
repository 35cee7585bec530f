const subscription = '00000000-0000-0000-0000-000000000001';

type Row = Readonly<Record<string, unknown>>;

/** Answers of a suite that stay the same in a later version: without times and without the address of its registry. */
export interface KeptAnswers {
  readonly images: readonly unknown[];
  readonly findings: readonly unknown[];
  readonly charges: readonly unknown[];
  readonly tags: readonly unknown[];
}

const sorted = (rows: readonly unknown[][]): readonly unknown[][] =>
  rows.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));

/** Asks a suite over HTTP for the status of each image, its findings, its charge, and the tags of a repository. */
export const answersOf = async ({ url, token }: { url: string; token: string }): Promise<KeptAnswers> => {
  const rowsOf = async (path: string): Promise<readonly Row[]> => {
    const answer = await fetch(`${url}${path}`, { headers: { authorization: `Bearer ${token}` } });
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    return ((await answer.json()) as { readonly value: readonly Row[] }).value;
  };
  const [images, findings, charges, tags] = await Promise.all([
    rowsOf('/assay/images?children=true&untagged=include&size=1000'),
    rowsOf(`/subscriptions/${subscription}/providers/Microsoft.Security/subAssessments?api-version=2019-01-01-preview`),
    rowsOf('/assay/charges'),
    rowsOf('/assay/tags?repository=team/web'),
  ]);
  return {
    images: sorted(
      images.map((each) => [each['repository'], each['digest'], each['status'], each['reason'] ?? null, each['tags']]),
    ),
    findings: sorted(
      findings.map(({ properties }) => {
        const { id, displayName, status } = properties as Row;
        return [id, displayName, (status as Row)['code'], (status as Row)['severity']];
      }),
    ),
    charges: sorted(charges.map((each) => [each['chargeId'], each['digest'], each['amount'], each['currency']])),
    tags: sorted(tags.map((each) => [each['tag'], each['digest'], (each['moves'] as Row[]).length])),
  };
};
