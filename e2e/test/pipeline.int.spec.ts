import { execFile } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { View } from '@assay/recommendation';
import { wrongInCycloneDx, wrongInSarif } from '../../apps/recommendation/test/schemas.ts';
import { images, TestSuite } from './suite.ts';

const script = fileURLToPath(new URL('../../docs/pipeline.sh', import.meta.url));
const assay = `${process.execPath} ${fileURLToPath(new URL('../../apps/assay/bin/assay.js', import.meta.url))}`;

const temporary = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'assay-pipeline-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
};

/** Pipelines that push to a suite: the script of the documentation, unchanged. */
const pipelinesOf = ({ suite: { endpoint } }: TestSuite) => {
  const folder = temporary();
  const sarifFile = join(folder, 'assay.sarif');
  const settings = {
    ...process.env,
    ASSAY: assay,
    ASSAY_URL: endpoint.url,
    ASSAY_API_TOKEN: endpoint.token,
    PUSH_FLAGS: '--dest-tls-verify=false',
    SARIF_FILE: sarifFile,
    GATE_WAIT: '60s',
  };
  const run = async (layout: string, name: string, env: Record<string, string> = {}) => {
    const args = [`oci:${join(images, layout)}`, `${endpoint.registries[0]!.loginServer}/${name}`];
    const [code, out, err] = await new Promise<[number, string, string]>((resolve) => {
      execFile(script, args, { env: { ...settings, ...env } }, (error, stdout, stderr) => {
        resolve([error ? Number(error.code) : 0, stdout, stderr]);
      });
    });
    const sarif = existsSync(sarifFile)
      ? (JSON.parse(readFileSync(sarifFile, 'utf8')) as { runs: [{ results: unknown[] }] })
      : undefined;
    if (sarif) expect(wrongInSarif(sarif)).toBeNull();
    return {
      code,
      decision: /^(Allowed|Denied|Unknown): .*$/m.exec(out)?.[0],
      err,
      findings: sarif?.runs[0].results.length,
      digest: /sha256:[0-9a-f]{64}/.exec(out)?.[0],
    };
  };
  return { folder, run };
};

it('the pipeline of the documentation goes on, stops, or does not know', async () => {
  const suite = await TestSuite.start();
  const { run } = pipelinesOf(suite);
  expect(await run('debian-13.8', 'team/debian:13.8')).toMatchObject({
    code: 0,
    decision: expect.stringContaining('Allowed: ') as string,
    findings: 0,
  });
  expect(await run('debian-13.0', 'team/debian:13.0')).toMatchObject({
    code: 1,
    decision: expect.stringContaining('Denied: ') as string,
    findings: 232,
  });
  expect(await run('debian-13.0', 'team/debian:again', { GATE_FLAGS: '--max-severity critical' })).toMatchObject({
    code: 0,
    decision: expect.stringContaining('[findings-tolerated]') as string,
  });
  // Windows images are not scanned, so there is nothing to upload either.
  expect(await run('windows', 'team/windows:1.0')).toMatchObject({
    code: 2,
    decision: expect.stringContaining('[not-applicable/windows-image]') as string,
    findings: undefined,
  });
});

it('the pipeline of the documentation does not know if it cannot push or gets no answer', async () => {
  const suite = await TestSuite.start();
  const { run } = pipelinesOf(suite);
  expect(await run('no-such-layout', 'team/web:1.0')).toMatchObject({
    code: 2,
    decision: undefined,
    err: expect.stringContaining('could not be pushed') as string,
  });
  expect(await run('debian-13.8', 'team/web:1.0', { ASSAY_URL: 'http://127.0.0.1:9', GATE_WAIT: '1s' })).toMatchObject({
    code: 2,
    decision: expect.stringContaining('[not-answered]') as string,
    findings: undefined,
  });
  expect((await run('debian-13.8', 'team/web:1.0', { ASSAY_API_TOKEN: 'wrong' })).code).toBe(2);
  expect((await run('debian-13.8', 'team/web:1.0', { ASSAY: 'no-such-command' })).code).toBe(2);
  expect((await run('debian-13.8', 'team/web:1.0', { PUSH_WITH: 'hope' })).code).toBe(2);
  expect((await run('debian-13.8', 'team/web:1.0', { GATE_FLAGS: '--max-severity worst' })).code).toBe(2);
});

it('the pipeline of the documentation reads the digest from the output of docker', async () => {
  const suite = await TestSuite.start();
  const { folder, run } = pipelinesOf(suite);
  // There is no engine here: this stand-in pushes with skopeo, and prints what docker prints.
  mkdirSync(join(folder, 'bin'));
  writeFileSync(
    join(folder, 'bin', 'docker'),
    `#!/bin/sh
[ "$1" = push ] || exit 0
echo "The push refers to repository [$2]"
skopeo copy --quiet --dest-tls-verify=false --digestfile "${folder}/digest" \
"oci:${join(images, 'debian-13.0')}" "docker://$2" || exit 1
echo "1.0: digest: $(cat "${folder}/digest") size: 528"
`,
  );
  chmodSync(join(folder, 'bin', 'docker'), 0o755);
  expect(
    await run('debian-13.0', 'team/web:1.0', {
      PUSH_WITH: 'docker',
      PATH: `${join(folder, 'bin')}${delimiter}${process.env.PATH}`,
    }),
  ).toMatchObject({ code: 1, findings: 232 });
});

it('what real scans found is SARIF and CycloneDX by their schemas', async () => {
  const suite = await TestSuite.start();
  for (const layout of ['debian-13.0', 'nginx-1.23.3', 'distroless-python3-debian13']) {
    const digest = await suite.push(layout, layout, 'v1');
    await suite.settled(digest, layout);
    const read = async (accept: string): Promise<any> => {
      const response = await fetch(`${suite.suite.endpoint.url}/assay/images/${digest}/findings`, {
        headers: { authorization: `Bearer ${suite.suite.endpoint.token}`, accept },
      });
      return response.json();
    };
    const findings = await suite.findings(digest, layout);
    const sarif = await read('application/sarif+json');
    expect(wrongInSarif(sarif)).toBeNull();
    expect(sarif.runs[0].results).toHaveLength(findings.length);
    const document = await read('application/vnd.cyclonedx+json');
    expect(await wrongInCycloneDx(document)).toBeNull();
    const known = new Set(document.components.map((component: any) => component['bom-ref'] as string));
    const affected: string[] = document.vulnerabilities.flatMap(({ affects }: any) =>
      affects.map(({ ref }: any) => ref as string),
    );
    expect(
      affected.filter((ref) => !known.has(ref)),
      'every finding is of a component',
    ).toEqual([]);
    expect(document.vulnerabilities).toHaveLength(new Set(findings.map(({ vulnerability }) => vulnerability)).size);
  }
});

it('a client that waits when the suite stops is notified at once', async () => {
  const { suite } = await TestSuite.start();
  await expect.poll(async () => (await fetch(`${suite.endpoint.url}/readyz`)).status).toBe(200);
  const waiting = fetch(`${suite.endpoint.url}/assay/images/sha256:${'0'.repeat(64)}`, {
    headers: { authorization: `Bearer ${suite.endpoint.token}`, prefer: 'wait=50' },
  });
  await expect.poll(() => (suite.running.get('recommendation')!.app.get(View) as View).imageChanges.waiting).toBe(1);
  await Promise.all([suite.close(), waiting.then(({ status }) => expect(status).toBe(503))]);
});
