import { describe, expect, it } from 'vitest';
import { configuredRegistries } from '@assay/registry';
import { orderedSources } from './keeper-of.ts';
import { defaultSources, sourceOf, sourcesIn } from './sources.ts';

describe('the sources of databases', () => {
  it('are places in registries, in order', () => {
    expect(sourcesIn('mirror.example/trivy-db:2, http://127.0.0.1:5000/a/trivy-db:2')).toEqual([
      {
        name: 'mirror.example/trivy-db:2',
        kind: 'vulnerabilities',
        repository: 'trivy-db',
        reference: '2',
        access: { loginServer: 'mirror.example', plainHttp: false, allowAddresses: [], allowHosts: [] },
      },
      {
        name: 'http://127.0.0.1:5000/a/trivy-db:2',
        kind: 'vulnerabilities',
        repository: 'a/trivy-db',
        reference: '2',
        access: { loginServer: '127.0.0.1:5000', plainHttp: true, allowAddresses: ['127.0.0.1/32'], allowHosts: [] },
      },
    ]);
    const digest = `sha256:${'a'.repeat(64)}`;
    expect(sourceOf(`[::1]:5000/trivy-db@${digest}`)).toMatchObject({
      reference: digest,
      access: { loginServer: '[::1]:5000', allowAddresses: ['::1/128'] },
    });
  });

  it('are of Java archives if their names end so', () => {
    const kinds = ['trivy-java-db:1', 'a/my-java-db@sha256:' + 'a'.repeat(64), 'java-db/trivy-db:2'].map(
      (name) => sourceOf(`mirror.example/${name}`).kind,
    );
    expect(kinds).toEqual(['java', 'java', 'vulnerabilities']);
    expect(defaultSources.map((name) => sourceOf(name).kind)).toEqual([
      ...Array(4).fill('vulnerabilities'),
      ...Array(4).fill('java'),
    ]);
  });

  it('are none if they are off, and unknown if nothing is set', () => {
    expect(sourcesIn('off')).toEqual([]);
    expect([sourcesIn(undefined), sourcesIn(' ')]).toEqual([undefined, undefined]);
  });

  it.each([
    'trivy-db:2',
    'ghcr.io/trivy-db',
    'https://ghcr.io/trivy-db:2',
    'ghcr.io/trivy-db:2?x=y',
    'a b/c:2',
    '/c:2',
  ])('are refused with the form that is wanted: %s', (text) => {
    expect(() => sourcesIn(text)).toThrow(/ASSAY_DATABASE_SOURCES .*ghcr\.io\/aquasecurity\/trivy-db:2/);
  });

  it('are those of the maker by default, each with the hosts of its content', () => {
    const sources = orderedSources({ databaseSources: undefined, registries: [] });
    expect(sources.map(({ name }) => name)).toEqual(defaultSources);
    expect(sources.every(({ access }) => !access.plainHttp && (access.allowHosts ?? []).length > 0)).toBe(true);
  });

  it('are read with the credentials and addresses of an onboarded registry', () => {
    const registries = configuredRegistries(
      JSON.stringify([
        {
          registryId:
            '/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg/providers/' +
            'Microsoft.ContainerRegistry/registries/own',
          loginServer: 'Mirror.example',
          allowAddresses: ['10.0.0.0/8'],
          credentials: { username: 'reader', password: 'secret' },
        },
      ]),
    );
    const [own, other] = orderedSources({
      databaseSources: sourcesIn('mirror.example/trivy-db:2,ghcr.io/aquasecurity/trivy-db:2'),
      registries,
    });
    expect(own?.access).toMatchObject({ allowAddresses: ['10.0.0.0/8'], credentials: { username: 'reader' } });
    expect(other?.access.credentials).toBeUndefined();
  });
});
