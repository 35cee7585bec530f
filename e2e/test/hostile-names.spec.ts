import { existsSync, readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { definitions, isRepository, isTag } from '@assay/events';
import { parseCsv, usageCharged, type UsageCharged } from '../../apps/billing/src/export/example.ts';
import { focusCsv } from '../../apps/billing/src/export/focus.ts';
import { assay } from '../../apps/assay/src/program.ts';
import { failuresTo } from '../../apps/assay/src/shell.ts';
import { Terminal } from '../../apps/assay/src/terminal/terminal.ts';
import { localSubscription } from '../../apps/assay/src/suite/local.ts';
import { hostileNames, keptAs, namingScanner } from './hostile-names.ts';
import { images, recordsOf, TestSuite } from './suite.ts';

const layout = 'debian-13.8';
const repository = 'team/named';
const names = Object.entries(hostileNames);
const all = names.map(([, name]) => name);
const kept = names.map(([, name]) => keptAs(name)).toSorted();

let suite: TestSuite;
let digest: string;
const closing: (() => Promise<void>)[] = [];
beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'assay-names-'));
  closing.push(() => rm(folder, { recursive: true, force: true }));
  const scanner = await namingScanner(folder, join(images, layout));
  const [started, close] = await TestSuite.lasting({ env: { ASSAY_TRIVY: scanner } });
  closing.unshift(close);
  suite = started;
  digest = await suite.push(layout, repository, 'v1');
  expect(await suite.settled(digest, repository)).toMatchObject({
    status: 'unhealthy',
    bySeverity: { High: names.length },
  });
});
afterAll(async () => {
  for (const close of closing) await close();
});

const answered = async (path: string, init: RequestInit = {}): Promise<Response> =>
  fetch(suite.suite.endpoint.url + path, {
    ...init,
    headers: { authorization: `Bearer ${suite.suite.endpoint.token}`, ...(init.headers as Record<string, string>) },
  });

/** Control characters that a terminal, a log or a header would interpret. */
// oxlint-disable-next-line no-control-regex -- that is the point
const commanding = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/;

describe('a hostile name is data', () => {
  it("in the answers of Assay's own API, exactly as it was", async () => {
    const findings = await suite.findings(digest, repository);
    for (const field of ['package', 'installedVersion', 'fixedVersion', 'title', 'description'])
      expect(findings.map((finding) => finding[field] as string).toSorted(), field).toEqual(kept);
    expect(findings.flatMap(({ aliases }) => aliases as string[]).toSorted()).toEqual(kept);
    // oxlint-disable-next-line no-extend-native, typescript/no-explicit-any -- no name may have changed it
    expect(({} as any).x).toBeUndefined();
  });

  it('in the sub-assessments of 2020', async () => {
    const { value } = (await (
      await answered(
        `/subscriptions/${localSubscription}/providers/Microsoft.Security/subAssessments` +
          '?api-version=2019-01-01-preview',
      )
    ).json()) as { value: { properties: { displayName: string; description: string } }[] };
    expect(value).toHaveLength(names.length);
    expect(value.map(({ properties }) => properties.description).toSorted()).toEqual(kept);
  });

  it('in the rows of a query, and a query that asks for one finds it alone', async () => {
    const rowsOf = async (query: string): Promise<Record<string, unknown>[]> => {
      const response = await answered('/providers/Microsoft.ResourceGraph/resources?api-version=2022-10-01', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ query, options: { resultFormat: 'objectArray' } }),
      });
      const body = (await response.json()) as { data?: Record<string, unknown>[] };
      expect(response.status, JSON.stringify(body).slice(0, 300)).toBe(200);
      return body.data!;
    };
    const rows =
      'securityresources | where type =~ "microsoft.security/assessments/subassessments" | project said ' +
      '= tostring(properties.description)';
    expect((await rowsOf(rows)).map(({ said }) => said as string).toSorted()).toEqual(kept);
    for (const kind of ['SQL', 'Kusto', 'quotes', 'a template', 'markup']) {
      const name = hostileNames[kind]!;
      expect(await rowsOf(`${rows} | where said == ${JSON.stringify(name)}`), kind).toEqual([{ said: name }]);
    }
  });

  it('in SARIF, CycloneDX and SPDX', async () => {
    const sarif = (await (
      await answered(`/assay/images/${digest}/findings?repository=${repository}`, {
        headers: { accept: 'application/sarif+json' },
      })
    ).json()) as { runs: { results: { message: { text: string } }[] }[] };
    expect(sarif.runs[0]!.results).toHaveLength(names.length);
    for (const [kind, name] of names)
      expect(
        sarif.runs[0]!.results.some(({ message }) => message.text.includes(keptAs(name))),
        kind,
      ).toBe(true);
    const bom = (await (
      await answered(`/assay/images/${digest}/findings?repository=${repository}`, {
        headers: { accept: 'application/vnd.cyclonedx+json' },
      })
    ).json()) as { components: { name: string }[] };
    expect(bom.components.map(({ name }) => name).toSorted()).toEqual(expect.arrayContaining(kept));
    const list = (await (
      await answered(`/assay/images/${digest}/findings?repository=${repository}`, {
        headers: { accept: 'application/spdx+json' },
      })
    ).json()) as { packages: { name: string }[] };
    expect(list.packages.map(({ name }) => name).toSorted()).toEqual(expect.arrayContaining(kept));
  });

  it('in a terminal: no line, color or command of its own; in JSON for machines it is whole', async () => {
    const printed = async (args: readonly string[], env: Record<string, string> = {}): Promise<string> => {
      const written: string[] = [];
      const sink = {
        write: (text: string) => {
          written.push(text);
        },
      };
      await assay({
        env: { ...env, ASSAY_DATA: suite.data.path },
        directory: suite.data.path,
        terminal: new Terminal(sink, { write: () => undefined }, env),
      }).parseAsync([...args, '--data', suite.data.path], { from: 'user' });
      return written.join('');
    };
    for (const args of [
      ['status', digest],
      ['status'],
      ['fixes'],
      ['diff', digest, digest],
      ['rules', 'preview', 'all', '--scope', `/subscriptions/${localSubscription}`, '--cvss-below', '10'],
      ['why', digest],
      ['timeline', digest],
      ['query', 'securityresources | project id, properties'],
    ]) {
      const shown = await printed(args);
      expect(shown, args.join(' ')).not.toMatch(commanding);
      expect(shown, args.join(' ')).not.toMatch(/^\s*(WARN|INFO|x-evil|Set-Cookie)/m);
    }
    const shown = await printed(['status', digest]);
    expect(shown).toContain('CVE-2026-');
    expect(shown.split('\n').length).toBeLessThan(400);
    for (const [format, version] of [
      ['sarif', '2.1.0'],
      ['cyclonedx', '1.6'],
      ['spdx', 'SPDX-2.3'],
    ] as const) {
      const document = await printed(['status', digest, '--format', format]);
      expect(document, format).not.toMatch(commanding);
      expect(Object.values(JSON.parse(document) as object), format).toContain(version);
    }
    const json = await printed(['status', digest, '--json']);
    expect(json).not.toMatch(commanding);
    const { placements } = JSON.parse(json) as { placements: [{ list: { package: string }[] }] };
    expect(placements[0].list.map((finding) => finding.package).toSorted()).toEqual(kept);
  });

  it('in an event: never in its headers, which are lines of text, always whole in its data', async () => {
    let records = 0;
    for (const { topic } of definitions) {
      for (const { headers } of await recordsOf(suite.suite, topic)) {
        records += 1;
        for (const [header, value] of Object.entries(headers))
          expect(value, `${topic} ${header}`).toMatch(/^[\u0020-\u007e]{0,400}$/);
      }
    }
    expect(records).toBeGreaterThan(5);
    const pages = await recordsOf(suite.suite, 'scan.completed');
    expect(
      pages
        .flatMap(({ data }) => (data.findings as { package: string }[]).map((finding) => finding.package))
        .toSorted(),
    ).toEqual(kept);
  });

  it('in the file system: no file is called after it, and none is where its path leads', () => {
    const files = readdirSync(suite.data.path, { recursive: true, withFileTypes: true }).map(({ name }) => name);
    expect(files.length).toBeGreaterThan(10);
    for (const file of files) expect(file).toMatch(/^[\w.,@+=-]{1,120}$/);
    expect(existsSync('/tmp/assay-hostile-name')).toBe(false);
  });

  it('in the page that shows the API: nothing of it, and nothing that would run', async () => {
    const page = await answered('/docs');
    const text = await page.text();
    expect(page.headers.get('content-security-policy')).toContain("script-src 'self'");
    for (const [kind, name] of names.filter(([, each]) => each.trim().length > 3))
      expect(text.includes(name), kind).toBe(false);
    // A browser must treat answers as JSON, even if it would rather guess the type.
    const answer = await answered(`/assay/images/${digest}/findings?repository=${repository}`, {
      headers: { accept: 'text/html,*/*' },
    });
    expect(answer.headers.get('content-type')).toMatch(/^application\/json/);
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
  });

  it('in a table of charges: no cell is a formula, and no line is added', async () => {
    const charged = all.map((name, at) =>
      usageCharged({
        chargeId: `c${at}`,
        subscriptionId: name,
        subscriptionName: name,
        repository: name,
        tags: [name],
        priceRule: name,
        registryId: name,
        loginServer: name,
      } as Partial<UsageCharged>),
    );
    for (const text of [focusCsv(charged), await (await answered('/assay/export?format=focus-csv')).text()]) {
      const rows = parseCsv(text);
      expect(rows.length).toBeGreaterThan(0);
      for (const [column, cell] of rows.flatMap((row) => Object.entries(row)))
        expect(cell, column).not.toMatch(/^(?:[=+@\t\r]|-(?![\d.]))/);
    }
    expect(parseCsv(focusCsv(charged))).toHaveLength(names.length);
  });
});

describe('a hostile name at a door', () => {
  const notify = async (target: object, more: object = {}, headers: Record<string, string> = {}): Promise<Response> =>
    fetch(`${suite.suite.endpoint.url}/ingest/acr`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${suite.data.secret('webhook-local')}`,
        'content-type': 'application/json',
        ...headers,
      },
      body: JSON.stringify({
        id: 'door',
        timestamp: new Date().toISOString(),
        action: 'push',
        target: { mediaType: 'application/vnd.oci.image.manifest.v1+json', digest, repository, ...target },
        request: { host: suite.suite.endpoint.registries[0]!.loginServer },
        ...more,
      }),
    });

  it.each(names)('as a repository or a tag is none: %s', async (_, name) => {
    const refused = async (target: object, reason: string): Promise<void> => {
      const answer = await notify(target);
      expect([answer.status, await answer.json()]).toMatchObject([
        400,
        { error: { code: 'InvalidRequestContent', message: expect.stringContaining(`(${reason})`) as string } },
      ]);
    };
    // "constructor" is a valid name, and never used for a lookup.
    if (!isRepository(name)) await refused({ repository: name }, 'bad-repository');
    if (!isTag(name)) await refused({ tag: name }, 'bad-tag');
  });

  it.each(names)('as a host is an unknown registry: %s', async (_, name) => {
    const { accepted } = (await (await notify({}, { request: { host: name } })).json()) as { accepted: number };
    expect(accepted).toBe(0);
  });

  it.each(names.filter(([, name]) => name.length < 1000))('as the reason of a rule stays text: %s', async (_, name) => {
    const rule = 'hostile-words';
    const made = await answered(`/assay/rules/${rule}`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        scope: '/subscriptions/00000000-0000-0000-0000-00000000dead',
        criteria: { vulnerabilities: [name] },
        reason: name,
      }),
    });
    expect(made.status).toBeLessThan(500);
    if (made.status >= 400)
      return expect(await made.json()).toMatchObject({ error: { code: expect.any(String) as string } });
    expect(await made.json()).toMatchObject({ reason: name });
    return undefined;
  });

  it('in a trace is no trace', async () => {
    for (const traceparent of ['=cmd', '00-0-0-0', `00-${'0'.repeat(32)}-${'0'.repeat(16)}-01`, '\u00e9'.repeat(55)])
      expect((await notify({}, { id: `trace ${traceparent}` }, { traceparent })).status).toBe(202);
    for (const { headers } of await recordsOf(suite.suite, 'notification.received'))
      for (const value of Object.values(headers)) expect(value).toMatch(/^[\u0020-\u007e]*$/);
  });
});

it('a failure inside of the suite is one line of its log, with any message', () => {
  for (const [kind, name] of names) {
    const written: string[] = [];
    const failed = failuresTo({
      env: {},
      directory: '/',
      terminal: new Terminal(
        { write: () => undefined },
        {
          write: (text: string) => {
            written.push(text);
          },
        },
        {},
      ),
    });
    failed('classifier', 'a scan', new Error(`no package is called ${name}`));
    expect(written.join('').trimEnd(), kind).not.toMatch(/\n/);
    expect(written.join('').replace(/\n$/, ''), kind).not.toMatch(commanding);
  }
});
