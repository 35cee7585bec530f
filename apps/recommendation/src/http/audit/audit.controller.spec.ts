import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Caller, roleNamed } from '@assay/http';
import { suite, type ServiceUnderTest } from '../../../test/suite.ts';
import {
  emitted,
  planOn,
  registryId,
  registryObserved,
  subscriptionId,
} from '../../../../../libs/read-model/test/fixtures.ts';

const scope = `/subscriptions/${subscriptionId}`;
const target = 'classifier/scan.completed/0/7';
const at = (minute: number): string => `2026-11-24T10:${String(minute).padStart(2, '0')}:00.000Z`;

let assay: ServiceUnderTest;
let grant: { role: string; scope: ConstructorParameters<typeof Caller>[2][number]['scope'] };
beforeEach(async () => {
  grant = { role: 'Security Admin', scope: 'everything' };
  const identify = () => new Caller('ana', 'here', [{ may: roleNamed(grant.role)!.may, scope: grant.scope }]);
  assay = await suite({ arm: { access: { identify }, pageSize: 2 } });
  await assay.publish(registryObserved(), planOn({ by: 'configuration' }));
});
afterEach(() => assay.close());

const order = (id: string, minute: number, changes: object) =>
  emitted('operator.acted', { target, by: 'ana (here)', why: 'fixed', outcome: 'ordered', ...changes } as never, {
    id,
    time: at(minute),
  });
const report = (cause: string, minute: number, outcome: string, command = 'redrive') =>
  emitted('operator.acted', { command, target, by: 'classifier', why: 'x', outcome } as never, {
    time: at(minute),
    causationid: cause,
  });
const exported = (period: string, minute: number) =>
  emitted(
    'operator.acted',
    {
      command: 'export',
      target: `charges/${period}`,
      by: 'cy',
      why: 'month end',
      outcome: 'exported',
      details: { format: 'focus-csv', profile: 'focus-1.2', charges: 3, total: '0.87 USD' },
    },
    { time: at(minute) },
  );
/** The first record of an export of a month, and the repeats of other instances. */
const recorded = (period: string | undefined, minute: number, why = 'month end') =>
  emitted(
    'export.recorded',
    { ...(period ? { period } : { period: undefined as never }), by: 'cy', why },
    { id: `export-${period}`, time: at(minute) },
  );
const listed = async (query = ''): Promise<any[]> => assay.all(`/assay/audit${query}`);

describe('the audit trail', () => {
  it('names actor, act, object and reason, newest first, with the outcome', async () => {
    await assay.publish(
      emitted(
        'rule.changed',
        {
          ruleId: 'quiet',
          scope: registryId,
          criteria: { vulnerabilities: ['CVE-1', 'CVE-2'] },
          reason: 'not reachable',
          by: 'bo (here)',
          expiresAt: '2027-01-01T00:00:00.000Z',
        },
        { time: at(1) },
      ),
      // Services act, too. Only their outcomes of an order are shown.
      report('event-1', 2, 'parked', 'park'),
      order('order-1', 3, { command: 'redrive' }),
      report('order-1', 4, 'parked', 'park'),
      report('order-1', 5, 'redriven'),
      order('order-2', 6, { command: 'recall', target: `scanner/sha256:${'0'.repeat(64)}`, why: 'tampered with' }),
      emitted('period.changed', { period: '2026-10', state: 'closing', by: 'cy (here)', why: 'month end' } as never, {
        time: at(7),
      }),
      emitted('rule.changed', { ruleId: 'quiet', scope: registryId, reason: 'fixed', removed: true }, { time: at(8) }),
    );
    expect(await listed('?from=2026-11-24T10:00:00Z')).toEqual([
      {
        id: expect.any(String),
        at: at(8),
        what: 'rule',
        did: 'remove',
        who: 'ana',
        about: 'quiet',
        scope: registryId,
        why: 'fixed',
        effect: 'findings count again',
      },
      {
        id: 'order-2',
        at: at(6),
        what: 'recall',
        did: 'recall',
        who: 'ana (here)',
        about: `scanner/sha256:${'0'.repeat(64)}`,
        why: 'tampered with',
      },
      {
        id: 'order-1',
        at: at(3),
        what: 'parked',
        did: 'redrive',
        who: 'ana (here)',
        about: target,
        why: 'fixed',
        effect: 'redriven',
      },
      {
        id: expect.any(String),
        at: at(1),
        what: 'rule',
        did: 'set',
        who: 'bo (here)',
        about: 'quiet',
        scope: registryId,
        why: 'not reachable',
        effect: 'vulnerabilities CVE-1, CVE-2; until 2027-01-01T00:00:00.000Z',
      },
    ]);
  });

  it('keeps an entry whose id another request uses again', async () => {
    const other = 'classifier/scan.completed/0/8';
    await assay.publish(order('order-1', 3, { command: 'redrive' }), report('order-1', 4, 'redriven'));
    const again = order('order-1', 5, { command: 'drop', target: other, by: 'bo (here)', why: 'x' });
    const outcome = { command: 'drop', target: other, by: 'classifier', why: 'x', outcome: 'dropped' } as const;
    const reported = emitted('operator.acted', outcome as never, { time: at(6), causationid: 'order-1' });
    await assay.publish(again, reported);
    // A record that is read again is the same entry.
    await assay.publish(again);
    expect((await listed('?what=parked')).map(({ who, about, effect }) => [who, about, effect])).toEqual([
      ['bo (here)', other, 'dropped'],
      ['ana (here)', target, 'redriven'],
    ]);
  });

  it('shows to each caller what its roles allow to read', async () => {
    await assay.publish(
      emitted('rule.changed', { ruleId: 'wide', scope }, { time: at(1) }),
      emitted('rule.changed', { ruleId: 'narrow', scope: registryId }, { time: at(2) }),
      order('order-1', 3, { command: 'redrive' }),
      emitted('charge.corrected', { subscriptionId, by: 'cy (here)', why: 'a test' }, { time: at(4) }),
      emitted('period.changed', { period: '2026-10', state: 'closing', by: 'cy (here)', why: 'x' } as never, {
        time: at(5),
      }),
      emitted('period.changed', { period: '2026-10', state: 'closed', by: 'cy (here)', why: 'x' } as never, {
        time: at(6),
      }),
      exported('2026-10', 7),
      recorded('2026-10', 8),
    );
    const seen = async () => (await listed()).map(({ what, about }) => `${what} ${about}`);
    expect(await seen()).toEqual([`parked ${target}`, 'rule narrow', 'rule wide', 'plan ContainerRegistry']);
    grant = { role: 'Security Reader', scope: { kind: 'subscription', subscriptionId } };
    expect(await seen()).toEqual(['rule narrow', 'rule wide', 'plan ContainerRegistry']);
    grant = {
      role: 'Security Reader',
      scope: { kind: 'registry', subscriptionId, resourceGroup: 'rg1', registry: 'myreg' } as never,
    };
    expect(await seen()).toEqual(['rule narrow']);
    grant = { role: 'Billing Reader', scope: 'everything' };
    expect((await assay.get('/assay/audit')).status).toBe(403);
  });

  it('shows a corrected charge and a closed month with the outcome to a caller of everything', async () => {
    const all = await suite();
    try {
      await all.publish(
        emitted('charge.corrected', { subscriptionId, amount: '-0.29', by: 'cy', why: 'a test' }, { time: at(1) }),
        emitted('period.changed', { period: '2026-10', state: 'closing', by: 'cy', why: 'x' } as never, {
          time: at(2),
        }),
        emitted('period.changed', { period: '2026-10', state: 'closed', by: 'cy', why: 'x' } as never, { time: at(3) }),
        exported('2026-10', 4),
        recorded('2026-11', 5),
        recorded('2026-11', 6, 'a repeat'),
        recorded(undefined, 7),
      );
      // In a batch of its own.
      await all.publish(recorded('2026-11', 8, 'another repeat'));
      const entry = {
        id: expect.any(String),
        what: 'export',
        did: 'export',
        who: 'cy',
        why: 'month end',
        effect: 'focus-csv, focus-1.2: 3 charges, 0.87 USD',
      };
      expect((await all.get('/assay/audit?what=export')).body.value).toEqual([
        { ...entry, at: at(7), about: 'all' },
        { ...entry, at: at(5), about: '2026-11' },
        { ...entry, at: at(4), about: '2026-10' },
      ]);
      expect((await all.get('/assay/audit?what=period,charge')).body.value).toMatchObject([
        { what: 'period', did: 'close', about: '2026-10', who: 'cy', effect: 'closed' },
        { what: 'charge', did: 'correct', scope, effect: '-0.29', why: 'a test' },
      ]);
    } finally {
      await all.close();
    }
  });

  it('is narrowed to days and kinds, page by page', async () => {
    const rules = [1, 2, 3].map((n) =>
      emitted('rule.changed', { ruleId: `r${n}`, scope }, { time: `2026-11-2${n}T12:00:00.000Z` }),
    );
    await assay.publish(...rules, order('order-1', 3, { command: 'redrive' }));
    const names = async (query: string) => (await listed(query)).map(({ about }) => about);
    expect(await names('?what=rule')).toEqual(['r3', 'r2', 'r1']);
    expect(await names('?what=rule&top=1')).toEqual(['r3', 'r2', 'r1']);
    expect(await names('?what=rule&from=2026-11-22&to=2026-11-22')).toEqual(['r2']);
    expect(await names('?what=parked,plan')).toEqual([target, 'ContainerRegistry']);
    expect(await names('?from=2026-11-30')).toEqual([]);
  });

  it.each(['?from=2026-02-30', '?to=yesterday', '?from=2026-11-24T10:00', '?what=everything', '?top=0', '?top=1001'])(
    'refuses %s',
    async (query) => {
      expect(await assay.get(`/assay/audit${query}`)).toMatchObject({
        status: 400,
        body: { error: { code: 'InvalidRequestContent' } },
      });
    },
  );
});
