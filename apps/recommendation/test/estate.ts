import type { AnyEvent } from '@assay/events';
import {
  declined,
  digestOf,
  findingOf,
  planOn,
  registryId,
  registryObserved,
  emitted,
  subscriptionId,
  wholeStory,
} from '../../../libs/read-model/test/fixtures.ts';

export const otherSubscription = '00000000-0000-0000-0000-000000000002';
export const registries = {
  mine: registryId,
  second:
    `/subscriptions/${subscriptionId}/resourceGroups/RG-Two` +
    `/providers/Microsoft.ContainerRegistry/registries/second`,
  other:
    `/subscriptions/${otherSubscription}/resourceGroups/rg1/providers/Microsoft.ContainerRegistry/registries` +
    '/otherreg',
};

const finding = (n: number, changes = {}) =>
  findingOf({ vulnerability: `CVE-2026-${1000 + n}`, package: `package${n % 3}`, ...changes });
const severities = ['Critical', 'High', 'Medium', 'Low', 'Unknown'] as const;

/** Findings of every kind that the shape distinguishes. */
const findings = [
  ...severities.map((severity, n) => finding(n, { severity })),
  finding(10, {
    title: undefined,
    description: undefined,
    references: [],
    aliases: ['GHSA-aaaa', 'CVE-2026-77', 'CVE-2026-1010'],
  }),
  finding(11, { fixedVersion: undefined, path: 'usr/lib/node_modules/x', publishedAt: undefined, packageType: 'npm' }),
  finding(12, {
    ratings: [
      { source: 'nvd', severity: 'High', score: 9, vector: 'AV:N/AC:L/Au:N/C:P/I:P/A:P' },
      { source: 'nvd', severity: 'High', score: 9.8, vector: 'CVSS:3.1/AV:N' },
      { source: 'redhat', severity: 'High', score: 10 },
    ],
  }),
  finding(13, {
    ratings: [],
    severity: 'Low',
    title: 'It\'s "quoted" \\ and 100 % odd\n;--',
    references: ['https://example.test/a/b/?q=1#x', 'https://example.test'],
  }),
  finding(14, { state: 'exempt', ruleId: 'no-fix' }),
];

const placed = (id: string, host: string, repository: string) => ({
  registryId: id,
  loginServer: host,
  repository,
  subscriptionId: id.split('/')[2]!,
});

/** Two subscriptions, three registries, images of every status. */
export const estate = (): AnyEvent[] => [
  registryObserved({ tags: { team: 'a' } }),
  registryObserved({
    registryId: registries.second,
    loginServer: 'second.registry.test',
    location: 'northeurope',
    networkAccess: 'restricted',
  }),
  registryObserved({
    registryId: registries.other,
    loginServer: 'other.registry.test',
    subscriptionId: otherSubscription,
    subscriptionName: 'Other',
  }),
  planOn(),
  planOn({ subscriptionId: otherSubscription, plan: 'Containers' }),
  ...wholeStory({ digest: digestOf(1), findings }),
  ...wholeStory({ digest: digestOf(2), findings: findings.slice(1, 4), push: { repository: 'team/other' } }),
  ...wholeStory({ digest: digestOf(3), findings: [] }),
  ...wholeStory({
    digest: digestOf(4),
    findings: findings.slice(2, 5),
    classified: { status: 'not-applicable', reason: 'no-shell' },
  }),
  ...wholeStory({
    digest: digestOf(5),
    findings: [findings[0]!],
    push: placed(registries.second, 'second.registry.test', 'a'),
  }),
  // This registry was healthy first.
  ...wholeStory({
    digest: digestOf(6),
    verdict: 2,
    findings: findings.slice(0, 6),
    push: placed(registries.other, 'other.registry.test', 'team/hello'),
  }),
  ...wholeStory({ digest: digestOf(7), findings: [], push: placed(registries.other, 'other.registry.test', 'b') }),
  ...wholeStory({ digest: digestOf(8), findings }),
  declined('image-deleted', { digest: digestOf(8), verdict: 2 }),
  emitted('plan.changed', { subscriptionId: otherSubscription, plan: 'ContainerRegistry', tier: 'Free' }),
];
