import { afterEach, describe, expect, it } from 'vitest';
import { Caller, roleNamed } from '@assay/http';
import { suite, type ServiceUnderTest } from '../../../test/suite.ts';
import { AssessmentSettings } from '../index.ts';

interface Known {
  readonly name: string;
  readonly type: string;
  readonly values?: readonly string[];
}
interface Language {
  readonly defaultTable: string;
  readonly tables: readonly { readonly name: string; readonly columns: Known[]; readonly members: Known[] }[];
  readonly operators: readonly string[];
}

let assay: ServiceUnderTest;
afterEach(() => assay.close());

const language = async (shapes: AssessmentSettings['shapes']): Promise<Language> => {
  assay = await suite({ settings: new AssessmentSettings({ shapes }) });
  const { status, body } = await assay.get('/assay/query-language');
  expect(status).toBe(200);
  return body as Language;
};
const namesIn = (of: readonly Known[] = []): readonly string[] => of.map(({ name }) => name);

describe('the language of queries', () => {
  it('has the tables and columns that queries are answered from', async () => {
    const { tables, defaultTable, operators } = await language({ '*': ['classic'] });
    expect(tables.map(({ name }) => name)).toEqual(['securityresources', 'resources', 'resourcecontainers']);
    expect(defaultTable).toBe('resources');
    expect(operators).toEqual(expect.arrayContaining(['where', 'summarize', 'order by']));
    const [findings, resources] = tables;
    expect(namesIn(findings?.columns)).toEqual(expect.arrayContaining(['id', 'type', 'subscriptionId', 'properties']));
    // No row of any table has it.
    expect(namesIn(findings?.columns)).not.toContain('managedBy');
    expect(findings?.columns.find(({ name }) => name === 'type')?.values).toEqual([
      'microsoft.security/assessments',
      'microsoft.security/assessments/subassessments',
      'microsoft.security/pricings',
    ]);
    expect(namesIn(findings?.members)).toEqual(
      expect.arrayContaining(['properties.status.code', 'properties.additionalData.assaySeverity']),
    );
    expect(resources?.columns.find(({ name }) => name === 'type')?.values).toEqual([
      'microsoft.containerregistry/registries',
    ]);
  });

  it('has the members of the shapes that are shown, and of no other', async () => {
    const membersOf = async (shapes: AssessmentSettings['shapes']) => {
      const { tables } = await language(shapes);
      await assay.close();
      return namesIn(tables[0]?.members);
    };
    const [classic, mdvm, both] = [
      await membersOf({ '*': ['classic'] }),
      await membersOf({ '*': ['mdvm'] }),
      await membersOf({ '*': ['classic'], '00000000-0000-0000-0000-000000000001': ['mdvm'] }),
    ];
    expect(classic).not.toEqual(mdvm);
    expect(new Set(both)).toEqual(new Set([...classic, ...mdvm]));
    assay = await suite();
  });

  it.each([
    ['Billing Reader', 403],
    ['ACR Reader', 200],
  ])('is answered to %s with %i', async (role, status) => {
    const grants = [{ role, may: roleNamed(role)!.may, scope: 'everything' as const }];
    assay = await suite({ arm: { access: { identify: () => new Caller('ana', 'here', grants) } } });
    expect((await assay.get('/assay/query-language')).status).toBe(status);
  });
});
