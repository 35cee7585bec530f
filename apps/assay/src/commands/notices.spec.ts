import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { flow } from '@assay/events';
import { startLocalRegistry } from '@assay/local-registry';
import type { FreshnessAnswer, HaltedAnswer, KnowledgeAnswer, StandingAnswer } from '../client/answers.ts';
import { examine } from '../doctor/examine.ts';
import { assay } from '../program.ts';
import { DataFolder } from '../suite/data.ts';
import { Terminal } from '../terminal/terminal.ts';
import { doctorText } from './start/doctor.ts';

const layout = fileURLToPath(new URL('../../../../e2e/images/alpine-3.20.3', import.meta.url));
const names = flow.map(({ app }) => app);
const digest = `sha256:${'ab'.repeat(32)}`;
const ready = (name: string): StandingAnswer => ({ name, status: 'ready', reasons: [], notes: [] });
const halted = (service: string, partition: number): HaltedAnswer => ({
  target: `${service}/image.pushed/${partition}/5`,
  service,
  topic: 'image.pushed',
  partition,
  readUpTo: 5,
  since: '2026-11-28T09:00:00.000Z',
  code: 'log-changed',
  message: `image.pushed/${partition} differs from what was read of it: it ends at 4, and was read up to 5`,
  rereads: 4,
});

const noTotals = { total: 0, all: 0, counts: {}, hidden: 0, unknown: 0 };
/** `assay status --json` of a suite without images. */
const noImages = { images: [], ...noTotals };

describe('notices of standstills', () => {
  let folder: string;
  let answers: Record<string, readonly object[]>;
  let freshness: FreshnessAnswer | undefined;
  let knowledge: KnowledgeAnswer | undefined;
  let closeRegistry: () => Promise<void>;
  const server = createServer((request, response) => {
    request.resume();
    const path = request.url!.split('?')[0]!;
    const answer = (status: number, body: object): void => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    };
    if (path === '/healthz') return answer(200, { id: 'here' });
    if (path === '/ingest/acr') return answer(200, {});
    if (path.startsWith('/assay/images/') && path.endsWith('/gate'))
      return answer(200, {
        decision: 'unknown',
        reason: 'queued',
        message: 'The image is queued.',
        pending: true,
        digest: path.split('/')[3],
      });
    if (path === '/assay/databases' && freshness)
      return answer(200, { value: [{ digest, builtAt: '2026-11-24T00:00:00Z' }], freshness });
    if (path === '/assay/knowledge') return answer(200, knowledge ? { knowledge } : {});
    if (path === '/assay/images') return answer(200, { value: answers[path], ...noTotals });
    return path in answers ? answer(200, { value: answers[path] }) : answer(404, { error: { message: 'not known' } });
  });

  beforeEach(async () => {
    freshness = knowledge = undefined;
    answers = {
      '/assay/halted': [halted('eligibility', 8), halted('recommendation', 8)],
      '/assay/services': names.map(ready),
      '/assay/images': [],
      '/assay/parked': [],
    };
    folder = mkdtempSync(join(tmpdir(), 'assay-notices-'));
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const registry = await startLocalRegistry({
      directory: join(folder, 'registry'),
      host: '127.0.0.1',
      port: 0,
      webhook: { url: `${url}/ingest/acr`, headers: {} },
    });
    closeRegistry = () => registry.close();
    writeFileSync(join(folder, 'log.db'), '');
    writeFileSync(
      join(folder, 'endpoint.json'),
      JSON.stringify({
        id: 'here',
        log: new DataFolder(folder).identity(),
        url,
        token: 'a-token',
        pid: 1,
        registries: [
          {
            name: 'local',
            loginServer: registry.loginServer,
            subscriptionId: 'one',
            registryId: '/subscriptions/one/registries/local',
          },
        ],
      }),
    );
  });
  afterEach(async () => {
    await closeRegistry();
    server.close();
    server.closeAllConnections();
    rmSync(folder, { recursive: true, force: true });
  });

  const called = async (...args: readonly string[]): Promise<{ out: string; err: string; failure: unknown }> => {
    const [out, err]: [string[], string[]] = [[], []];
    const into = (texts: string[]) => ({
      write: (text: string) => {
        texts.push(text);
      },
    });
    const before = process.exitCode;
    const failure: unknown = await assay({ env: {}, directory: '/', terminal: new Terminal(into(out), into(err), {}) })
      .parseAsync([...args, '--data', folder], { from: 'user' })
      .then(
        () => undefined,
        (error: unknown) => error,
      );
    process.exitCode = before;
    return { out: out.join(''), err: err.join(''), failure };
  };
  const doctor = () =>
    examine({
      env: { PATH: '/nowhere', ASSAY_SANDBOX_DRIVER: 'none' },
      home: '/nowhere',
      data: new DataFolder(folder, true),
    });
  const notice = /^2 partitions stand still \(eligibility 1, recommendation 1\).*`assay halted`/m;

  it('the doctor reports them, and an unwell suite', async () => {
    const examination = await doctor();
    expect(examination.unwell).toEqual(['eligibility', 'recommendation']);
    expect(examination.checks.find(({ name }) => name === 'log')).toMatchObject({
      state: 'bad',
      found: expect.stringMatching(/^2 partitions stand still/) as string,
      remedies: [expect.stringContaining('`assay halted`') as string],
    });
    const text = doctorText({ terminal: new Terminal() }, { ...examination, canScan: true });
    expect(text).toContain('the suite does not work: eligibility, recommendation.');
    expect(text).not.toContain('A scan can run.');
  });

  it('the doctor does not call them temporary, and names each service once', async () => {
    answers['/assay/halted'] = names.map((name) => halted(name, 0));
    answers['/assay/services'] = names.map((name) =>
      name === 'billing'
        ? { ...ready(name), status: 'not-ready', reasons: ['partition 0 of billing stands still: …'] }
        : ready(name),
    );
    const { checks, unwell } = await doctor();
    expect(unwell.toSorted()).toEqual(names.toSorted());
    expect(JSON.stringify(checks)).not.toContain('When something is away');
    expect(checks.find(({ name }) => name === 'log')?.found).toMatch(/^6 partitions stand still \(ingestion 1, /);
    expect((await called('status')).err).not.toContain('Images that wait for it show as queued');
  });

  it('the doctor reports parked events too', async () => {
    answers['/assay/parked'] = [{ target: 'classifier/scan.completed/3/17' }];
    answers['/assay/halted'] = [];
    const { checks, unwell } = await doctor();
    expect(unwell).toEqual([]);
    expect(checks.find(({ name }) => name === 'parked')).toMatchObject({
      state: 'could-be-better',
      found: expect.stringContaining('1 event is parked') as string,
      remedies: [expect.stringContaining('`assay parked`') as string],
    });
  });

  it('status prints them on top, and as a field of its JSON', async () => {
    expect((await called('status')).err).toMatch(notice);
    const { out, err } = await called('status', '--json');
    expect(JSON.parse(out)).toEqual({ ...noImages, notices: [expect.stringMatching(notice)] });
    expect(err).toBe('');
    answers['/assay/halted'] = [];
    expect(JSON.parse((await called('status', '--json')).out)).toEqual(noImages);
  });

  it('status and doctor name systems of images that the scanner does not know, with the remedy', async () => {
    answers['/assay/halted'] = [];
    const unread = [{ family: 'alpine', version: '3.22.1', images: 2, why: 'not-known' }];
    const build = { name: 'trivy', version: '0.59.1', digest };
    answers['/assay/scanners'] = [{ ...build, images: 5, unread }];
    const line = /^trivy 0\.59\.1 does not know alpine 3\.22\.1 \(2 images\): `assay scanner install`/m;
    expect((await called('status')).err).toMatch(line);
    expect(JSON.parse((await called('status', '--json')).out)).toEqual({
      ...noImages,
      unreadSystems: [{ scanner: build, systems: unread }],
    });
    expect((await doctor()).checks.find(({ name }) => name === 'systems')).toMatchObject({
      state: 'could-be-better',
      found: expect.stringMatching(line) as string,
      details: { systems: unread },
    });
    answers['/assay/scanners'] = [{ ...build, images: 5 }];
    expect((await called('status')).err).not.toMatch(line);
    expect((await doctor()).checks.map(({ name }) => name)).not.toContain('systems');
  });

  it('status and doctor report the age of the database, and which instance cannot take a newer one', async () => {
    answers['/assay/halted'] = [];
    freshness = { level: 'good', ageSeconds: 5 * 3600, notes: [] };
    expect((await called('status')).err).toBe('The vulnerability database in use is of 2026-11-24 00:00, 5 h old.\n');
    expect(JSON.parse((await called('status', '--json')).out)).toEqual({
      ...noImages,
      database: { digest, builtAt: '2026-11-24T00:00:00Z', ...freshness },
    });
    const announced = async () => (await doctor()).checks.find(({ name }) => name === 'announced');
    expect(await announced()).toMatchObject({
      state: 'good',
      found: 'vulnerability database of 2026-11-24 00:00, 5 h old',
    });

    const note = 'warning: no newer vulnerability database could be taken since 2026-11-24T01:00:00.000Z: it is away';
    answers['/assay/services'] = names.map((name) => ({
      ...ready(name),
      notes: name === 'ingestion' ? [note, 'mirror.example rests'] : [note],
    }));
    expect((await called('status')).err).toContain(`${note}\nThe vulnerability database in use`);
    expect(await announced()).toMatchObject({ state: 'could-be-better', found: note });

    const clock = 'warning: the clock of this machine is behind: the last record of the log is of …';
    answers['/assay/services'] = names.map((name) => ({ ...ready(name), notes: name === 'billing' ? [] : [clock] }));
    expect((await called('status')).err).toContain('warning: the clock of sandbox-runner is behind: the last record');
    expect(await announced()).toMatchObject({
      state: 'could-be-better',
      found: expect.stringContaining('warning: the clock of ingestion is behind') as string,
      remedies: [],
    });

    answers['/assay/services'] = names.map(ready);
    freshness = { level: 'alarm', ageSeconds: 5 * 86_400, notes: ['alarm: there is no newer vulnerability database'] };
    expect((await called('status')).err).toContain(freshness.notes[0]);
    expect(await announced()).toMatchObject({
      state: 'bad',
      found: freshness.notes[0],
      remedies: [expect.stringContaining('`assay database update`') as string],
    });
  });

  it('status reports how many images are assessed with the database, and how long that took', async () => {
    answers['/assay/halted'] = [];
    freshness = { level: 'good', ageSeconds: 5 * 3600, notes: [] };
    const database = { digest, builtAt: '2026-11-24T00:00:00Z', demonstration: false };
    knowledge = { database, images: 9, assessed: 4, latencySeconds: 5 * 3600 };
    expect((await called('status')).err).toContain('5 h old; 4 of 9 images are assessed with it so far.');
    knowledge = { ...knowledge, assessed: 8, completedAt: '2026-11-24T03:00:00Z', latencySeconds: 3 * 3600 };
    expect((await called('status')).err).toContain(
      '5 h old; 8 of 9 images are assessed with it, the last ones 3 h after it was built.',
    );
    expect(JSON.parse((await called('status', '--json')).out)).toMatchObject({ knowledge });
    knowledge = { ...knowledge, database: { ...database, digest: 'sha256:other', builtAt: '2026-11-23T00:00:00Z' } };
    expect((await called('status')).err).toContain('images are assessed with that of 2026-11-23 00:00 so far.');
  });

  it('a waiting push prints them at once, and as the cause of its timeout', async () => {
    const { err, failure } = await called('push', layout, '--wait', '--timeout', '0.2');
    expect(err).toMatch(notice);
    expect(failure).toMatchObject({ reason: 'not-in-time', remedy: expect.stringMatching(notice) as string });
  });

  it('a gate without a decision prints them', async () => {
    const { out, err } = await called('gate', digest);
    expect(out).toMatch(/^Unknown: /);
    expect(err).toMatch(notice);
  });
});
