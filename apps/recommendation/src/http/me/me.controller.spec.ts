import { afterEach, describe, expect, it } from 'vitest';
import { Caller, operations, roles, type Grant } from '@assay/http';
import { PortalSettings } from '../index.ts';
import { suite, type ServiceOptions, type ServiceUnderTest } from '../../../test/suite.ts';
import {
  dataOf,
  digestOf,
  emitted,
  registryId,
  subscriptionId,
  wholeStory,
} from '../../../../../libs/read-model/test/fixtures.ts';

let assay: ServiceUnderTest;
const start = async (options: ServiceOptions = {}): Promise<void> => {
  assay = await suite(options);
};
afterEach(() => assay.close());

const as = (...grants: readonly Grant[]): ServiceOptions => ({
  arm: { access: { identify: () => new Caller('ana', 'https://issuer.test', grants) } },
});
const me = async () => (await assay.get('/assay/me')).body;
const granted = (name: string, scope: Grant['scope']): Grant => {
  const { role, may } = roles.find((one) => one.role === name)!;
  return { role, may, scope };
};

describe('who a caller is', () => {
  it('has name, roles with their scopes, and each operation that is allowed somewhere', async () => {
    const registry = { kind: 'registry', subscriptionId, resourceGroup: 'rg1', registry: 'myreg' } as const;
    await start(as(granted('AcrPull', 'everything'), granted('ACR Reader', registry)));
    expect(await me()).toEqual({
      name: 'ana (https://issuer.test)',
      roles: [
        { role: 'AcrPull', scope: '/' },
        { role: 'ACR Reader', scope: registryId },
      ],
      operations: ['findings/read', 'gate/read'],
      everywhere: ['gate/read'],
      version: expect.stringMatching(/^\d+\.\d+\.\d+/),
      authentication: 'development',
      demonstration: false,
      links: {},
    });
  });

  it.each(roles.map(({ role, may }) => [role, may] as const))('is answered to %s, too', async (role, may) => {
    await start(as(granted(role, { kind: 'subscription', subscriptionId })));
    expect((await me()).operations.toSorted()).toEqual([...may].toSorted());
  });

  it('is answered to a caller without any role', async () => {
    await start(as());
    expect(await assay.get('/assay/me')).toMatchObject({ status: 200, body: { roles: [], operations: [] } });
  });

  it('has the links to the tools of the operator', async () => {
    const links = { dashboards: 'https://boards.test/', traces: 'https://traces.test/{traceId}' };
    await start({ portal: new PortalSettings({ links }) });
    expect((await me()).links).toEqual(links);
  });

  it.each([
    ['may read services', 'Security Reader', true],
    ['reads findings only', 'ACR Reader', false],
    ['has no role', undefined, false],
  ])('has the links only for a caller that sees services: one that %s', async (_, role, isShown) => {
    const links = { dashboards: 'https://boards.test/', traces: 'https://traces.test/{traceId}' };
    const grants = role === undefined ? [] : [granted(role, 'everything')];
    await start({ ...as(...grants), portal: new PortalSettings({ links }) });
    expect((await me()).links).toEqual(isShown ? links : {});
  });

  it('is an operator who may do everything, where there is no authentication', async () => {
    await start();
    expect(await me()).toMatchObject({ roles: [{ role: 'Operator', scope: '/' }], operations: [...operations] });
  });
});

describe('the demonstration database', () => {
  const database = { ...dataOf('finding.classified').database, demonstration: true };
  const announced = (changes: object) => emitted('advisories.updated', { scanner: 'trivy', ...changes });

  it('is in use once it was announced, until another one is', async () => {
    await start();
    await assay.publish(announced({ database }));
    expect((await me()).demonstration).toBe(true);
    await assay.publish(announced({ database: { ...database, demonstration: false } }));
    expect((await me()).demonstration).toBe(false);
  });

  it('is in use while a readable image was assessed with it', async () => {
    const other = { kind: 'subscription', subscriptionId: '00000000-0000-0000-0000-00000000000f' } as const;
    for (const [scope, isInUse] of [
      [other, false],
      ['everything', true],
    ] as const) {
      await start(as(granted('ACR Reader', scope)));
      await assay.publish(...wholeStory({ digest: digestOf(1), classified: { database } }));
      expect((await me()).demonstration).toBe(isInUse);
      if (!isInUse) await assay.close();
    }
  });
});
