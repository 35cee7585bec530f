import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { orderedSources } from '@assay/ingestion';
import { RegistryClient } from '@assay/registry';
import { DataFolder } from '../suite/data.ts';
import { Terminal } from '../terminal/terminal.ts';
import { offerDatabase, reachedSource } from './offer.ts';

const sources = orderedSources({ databaseSources: undefined, registries: [] }).slice(0, 2);
const never = new AbortController().signal;

/** The lines that are printed, with the requests that were made for them. */
const offered = async (
  env: Record<string, string>,
  head: (repository: string) => Promise<string>,
): Promise<{ lines: string[]; asked: string[] }> => {
  const lines: string[] = [];
  const asked: string[] = [];
  const spy = vi.spyOn(RegistryClient.prototype, 'head').mockImplementation((repository) => {
    asked.push(repository);
    return head(repository);
  });
  onTestFinished(() => spy.mockRestore());
  const terminal = new Terminal({ write: () => undefined }, { write: (text) => lines.push(text) }, {});
  await offerDatabase({ env, terminal, directory: new DataFolder('.').path }, ' --data here', never);
  return { lines, asked };
};

describe('a real database', () => {
  it('is offered in one line, from a source that has one', async () => {
    const { lines, asked } = await offered({}, (repository) =>
      repository === 'aquasec/trivy-db' ? Promise.resolve('sha256:1') : Promise.reject(new Error('no network')),
    );
    expect(lines).toEqual([
      'the database is that of the demonstration, for trials only: `assay database update --data here` takes a ' +
        'real one from mirror.gcr.io/aquasec/trivy-db:2, without a restart\n',
    ]);
    expect(asked).toHaveLength(4);
  });

  it('is not offered without a network', async () => {
    expect((await offered({}, () => Promise.reject(new Error('no network')))).lines).toEqual([]);
  });

  it.each(['off', 'mirror.test/trivy-db:2'])(
    'is not offered, and not asked for, with the sources %s',
    async (given) => {
      const { lines, asked } = await offered({ ASSAY_DATABASE_SOURCES: given }, () => Promise.resolve('sha256:1'));
      expect([lines, asked]).toEqual([[], []]);
    },
  );

  it('is asked for once at each source', async () => {
    const names: string[] = [];
    const head = async ({ name }: { name: string }): Promise<void> => {
      names.push(name);
      if (name === sources[0]!.name) throw new Error('away');
    };
    expect(await reachedSource(sources, head, never)).toBe('ghcr.io/aquasecurity/trivy-db:2');
    expect(names).toEqual(sources.map(({ name }) => name));
  });
});
