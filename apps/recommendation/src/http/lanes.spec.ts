import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import type { Server } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { Caller, operations, type ArmRequest } from '@assay/http';
import { eventually } from '@assay/testing';
import { suite, type ServiceOptions, type ServiceUnderTest } from '../../test/suite.ts';
import {
  digestOf,
  findingOf,
  registryId,
  subscriptionId,
  wholeStory,
} from '../../../../libs/read-model/test/fixtures.ts';
import { Lanes } from './lanes.ts';

let assay: ServiceUnderTest;
afterEach(async () => {
  vi.restoreAllMocks();
  (assay.app.getHttpServer() as Server).closeAllConnections();
  await assay.close();
});

/** Callers by the name that they send. */
const named: ServiceOptions = {
  // For the route of statements.
  key: generateKeyPairSync('ed25519').privateKey,
  arm: {
    access: {
      identify: ({ headers }: ArmRequest) =>
        new Caller(String(headers.authorization), 'test', [{ may: operations, scope: 'everything' }]),
    },
  },
};
const started = async (options: ServiceOptions = {}): Promise<void> => {
  assay = await suite({ ...named, ...options });
  await assay.publish(...wholeStory({ findings: [findingOf()] }), ...wholeStory({ digest: digestOf(2) }));
};
// Light-my-request sends when it is awaited.
const get = async (url: string, name = 'ana') => assay.app.inject({ url, headers: { authorization: name } });

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, { readonly operationId: string }>>>>;
}
const { paths } = JSON.parse(
  readFileSync(new URL('../../../../docs/openapi.json', import.meta.url), 'utf8'),
) as Document;

/** Routes that read no table. */
const readsNothing = ['Cloud', 'Operations', 'ResourceGraph', 'QueryLanguage', 'Docs', 'Portal', 'Services'];
/** Routes of the other services, and of the process. */
const elsewhere = [
  'Discovery',
  'Sweeps',
  'Running',
  'Databases',
  'Seals',
  'Pricings',
  'Plans',
  'Charges',
  'Periods',
  'process',
];

const params: Readonly<Record<string, string>> = {
  subscriptionId,
  resourceGroup: registryId.split('/')[4]!,
  provider: 'Microsoft.ContainerRegistry',
  resourceType: 'registries',
  resource: registryId.split('/')[8]!,
  registry: registryId.split('/')[8]!,
  managementGroup: 'all',
  assessmentName: 'dbd0cb49-b563-45e7-9724-889e799fa648',
  name: 'dbd0cb49-b563-45e7-9724-889e799fa648',
  digest: digestOf(1),
  id: findingOf().vulnerability,
  rule: 'r',
};
const withParams = (path: string): string =>
  path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(params[name] ?? 'x'));

/** Queries without which a route reads nothing. */
const query: Readonly<Record<string, string>> = {
  '/assay/coverage/images': '?day=2026-11-24',
  '/assay/diff': `?from=${digestOf(1)}&to=${digestOf(2)}`,
  '/assay/search': '?q=a',
  '/assay/rules/{rule}': `?scope=/subscriptions/${subscriptionId}`,
};

/** The lanes in which a request reads. `none`: the connections of the service itself. */
const lanesOf = async (url: string): Promise<string> => {
  const seen = new Set<string>();
  for (const lane of ['byKey', 'page', 'walk', 'file'] as const) {
    const given = Lanes.prototype[lane] as (...of: unknown[]) => unknown;
    vi.spyOn(Lanes.prototype, lane).mockImplementation(function (this: Lanes, ...of: unknown[]) {
      seen.add(lane);
      return given.apply(this, of) as never;
    });
  }
  const { read } = assay.view;
  vi.spyOn(assay.view, 'read').mockImplementation((work, kind, limits) => {
    if (kind === undefined) seen.add('none');
    return read.call(assay.view, work, kind, limits) as never;
  });
  const { statusCode, body } = await get(url);
  vi.restoreAllMocks();
  expect([url, statusCode < 500 ? '' : body]).toEqual([url, '']);
  return [...seen].toSorted().join(' and ');
};

it('reads every route that the document lists in a lane', async () => {
  await started();
  const read = new Map<string, Set<string>>();
  for (const [path, methods] of Object.entries(paths)) {
    const controller = methods.get?.operationId.split('.')[0];
    if (!controller || [...readsNothing, ...elsewhere].includes(controller)) continue;
    const isArm = !path.startsWith('/assay/');
    const name = path.replace(/^.*(?=\/providers\/Microsoft\.(Security|ContainerRegistry)\/)/, '');
    const version = name.includes('/assessments') || name.includes('subAssessments') ? '2020-01-01' : '2019-05-01';
    const found = await lanesOf(`${withParams(path)}${isArm ? `?api-version=${version}` : (query[path] ?? '')}`);
    read.set(name, (read.get(name) ?? new Set()).add(found));
  }
  const lanes = Object.entries({
    byKey: [
      '/assay/images/{digest}',
      '/assay/images/{digest}/findings',
      '/assay/images/{digest}/gate',
      '/assay/images/{digest}/history',
      '/assay/images/{digest}/statement',
      '/assay/images/{digest}/timeline',
      '/assay/images/{digest}/why',
      '/assay/rules/{rule}',
      '/providers/Microsoft.Security/assessments/{assessmentName}/subAssessments/{subAssessmentName}',
    ],
    page: [
      '/assay/audit',
      '/assay/changes',
      '/assay/coverage',
      '/assay/coverage/images',
      '/assay/images',
      '/assay/images/{digest}/sets',
      '/assay/clusters',
      '/assay/knowledge',
      '/assay/me',
      '/assay/parked',
      '/assay/registries',
      '/assay/rules',
      '/assay/scanners',
      '/assay/tags',
      '/assay/vulnerabilities/{id}',
      '/providers',
      '/providers/{namespace}',
      '/subscriptions',
      '/subscriptions/{subscriptionId}',
      '/subscriptions/{subscriptionId}/locations',
      '/subscriptions/{subscriptionId}/providers',
      '/subscriptions/{subscriptionId}/providers/{namespace}',
      '/subscriptions/{subscriptionId}/resourceGroups',
      '/providers/Microsoft.ContainerRegistry/registries',
      '/providers/Microsoft.ContainerRegistry/registries/{registry}',
      '/providers/Microsoft.Security/assessments',
      '/providers/Microsoft.Security/assessments/{assessmentName}',
      '/providers/Microsoft.Security/assessments/{assessmentName}/subAssessments',
      '/providers/Microsoft.Security/subAssessments',
    ],
    walk: ['/assay/fixes', '/assay/search', '/assay/trends', '/assay/vulnerabilities'],
    'byKey and file': ['/assay/diff', '/assay/images/{digest}/inventory'],
    // From memory, from the log, or by the process of exports.
    '': [
      '/assay/halted',
      '/assay/parked/{app}/{topic}/{partition}/{offset}',
      '/assay/sets',
      '/tenants',
      '/providers/Microsoft.Security/assessmentMetadata',
      '/providers/Microsoft.Security/assessmentMetadata/{name}',
    ],
  }).flatMap(([lane, names]) => names.map((name): [string, string] => [name, lane]));
  const found = [...read].map(([name, all]): [string, string] => [name, [...all].filter(Boolean).join(', ')]);
  expect(Object.fromEntries(found)).toEqual(Object.fromEntries(lanes));
});

it.each([
  ['/assay/images?format=csv', 'file'],
  ['/assay/images?vulnerability=CVE-2026-1', 'walk'],
  ['/assay/images?fix=x@1', 'walk'],
  ['/assay/images?fixable=true&severity=high', 'walk'],
  ['/assay/images?severity=high', 'page'],
  ['/assay/fixes?format=csv', 'file'],
  ['/assay/vulnerabilities?format=csv', 'file'],
  ['/assay/changes?push=true', 'walk'],
  ...['csv', 'sarif', 'spdx', 'cyclonedx'].map((format) => [
    `/assay/images/${digestOf(1)}/findings?format=${format}`,
    'byKey and file',
  ]),
])('reads %s in the lane %s', async (url, lane) => {
  await started();
  expect(await lanesOf(url)).toBe(lane);
});

/** Holds all pages until it is released. */
const holdPages = () => {
  const { read } = assay.view;
  const release = Promise.withResolvers<void>();
  const callers: string[] = [];
  vi.spyOn(assay.view, 'read').mockImplementation(async (work, kind, limits) => {
    if (kind === 'pages') {
      callers.push('page');
      await release.promise;
    }
    return read.call(assay.view, work, kind, limits) as never;
  });
  return { begun: callers, release: release.resolve };
};

describe('a burst of lists', () => {
  it('holds up neither the gate nor the lists of another caller, and has a bound', async () => {
    await started();
    const held = holdPages();
    const burst = Array.from({ length: 12 }, () => get('/assay/images'));
    await eventually(() => held.begun.length === 2);
    const arm = Array.from({ length: 60 }, () =>
      get(`/subscriptions/${subscriptionId}/providers/Microsoft.Security/assessments?api-version=2020-01-01`, 'arm'),
    );
    const other = get('/assay/images', 'bob');
    const gate = await get(`/assay/images/${digestOf(1)}/gate`, 'bob');
    expect([gate.statusCode, gate.json().decision, held.begun.length]).toEqual([200, 'deny', 2]);
    held.release();
    const answers = await Promise.all(burst);
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([...Array<number>(10).fill(200), 429, 429]);
    expect(answers.at(-1)!.headers['retry-after']).toBe('1');
    expect((await other).statusCode).toBe(200);
    expect(new Set((await Promise.all(arm)).map(({ statusCode }) => statusCode))).toEqual(new Set([200]));
  });

  it('costs nothing more once its client has gone', async () => {
    await started();
    const base = await assay.app.listen(0, '127.0.0.1').then(() => assay.app.getUrl());
    const held = holdPages();
    const client = new AbortController();
    const asked = Array.from({ length: 10 }, () =>
      fetch(`${base}/assay/images`, { headers: { authorization: 'ana' }, signal: client.signal }).catch(
        () => undefined,
      ),
    );
    await eventually(() => held.begun.length === 2);
    const other = get('/assay/images', 'bob');
    client.abort();
    await Promise.all(asked);
    // Its line has room again: of two that run and eight that wait, none was refused.
    await eventually(async () => (await Promise.race([get('/assay/images'), pause(20)])) === undefined);
    held.release();
    expect((await other).statusCode).toBe(200);
    expect(held.begun.length).toBeLessThan(10);
  });

  it('is refused for now where one takes too long', async () => {
    await started({ lanes: { pageMs: -1 } });
    const { statusCode, headers, body } = await get('/assay/images');
    expect([statusCode, headers['retry-after'], body]).toEqual([503, '5', expect.stringContaining('too long')]);
    expect((await get(`/assay/images/${digestOf(1)}`)).statusCode).toBe(200);
  });
});

it('sends files no faster than their clients read, and lets the next caller have the place', async () => {
  await started({ lanes: { files: 1, yieldsAfterMs: 50 } });
  const { port } = new URL(await assay.app.listen(0, '127.0.0.1').then(() => assay.app.getUrl()));
  const large = join(mkdtempSync(join(tmpdir(), 'assay-lanes-')), 'large');
  writeFileSync(large, 'x'.repeat(64 << 20));
  onTestFinished(() => rmSync(dirname(large), { recursive: true }));
  const files: FileHandle[] = [];
  vi.spyOn(assay.view.queries, 'write').mockImplementation(async () => {
    files.push(await open(large));
    return files.at(-1)!;
  });
  const unread = connect(Number(port), '127.0.0.1');
  onTestFinished(() => void unread.destroy());
  unread.pause();
  unread.write('GET /assay/images?format=csv HTTP/1.1\r\nhost: x\r\nauthorization: ana\r\n\r\n');
  await eventually(() => files.length === 1);
  vi.restoreAllMocks();
  const csv = await get('/assay/images?format=csv', 'bob');
  expect([csv.statusCode, csv.body.trimEnd().split('\n').length]).toEqual([200, 3]);
  await eventually(() => files[0]!.fd === -1);
});
