import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import { loopbackCertificate } from '../../apps/assay/src/suite/loopback-certificate.ts';
import { freePort } from '../../tools/services/index.ts';
import { ServiceProcess } from '../distributed/service-process.ts';

const statusOf = (port: number, path: string, ca: string): Promise<number> =>
  new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port, path, ca, agent: false }, (answer) => {
      answer.resume();
      resolve(answer.statusCode!);
    })
      .on('error', reject)
      .end();
  });

it('a service of its own speaks HTTPS with the certificate that it is given, and nothing else', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'assay-https-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const { caFile } = await loopbackCertificate(folder);
  const ca = readFileSync(caFile, 'utf8');
  const [port, unusedPort] = [await freePort(), await freePort()];
  const billing = new ServiceProcess('billing', port, join(folder, 'log.jsonl'), {
    ...process.env,
    ASSAY_API_TOKEN: 'token',
    ASSAY_HOME: folder,
    ASSAY_FOLDER: folder,
    ASSAY_TLS_CERT: join(folder, 'cert.pem'),
    ASSAY_TLS_KEY: join(folder, 'key.pem'),
    ASSAY_KAFKA_BROKERS: `127.0.0.1:${unusedPort}`,
    ASSAY_REDIS_URL: `redis://127.0.0.1:${unusedPort}`,
  });
  billing.start();
  onTestFinished(async () => {
    await billing.stop('SIGKILL');
  });
  for (const until = Date.now() + 20_000; (await statusOf(port, '/healthz', ca).catch(() => 0)) !== 200;) {
    if (Date.now() > until) throw new Error(billing.lastLines());
    await pause(100);
  }
  // Kafka is away, so the service is alive and not ready.
  expect(await statusOf(port, '/readyz', ca)).toBe(503);
  await expect(fetch(`http://127.0.0.1:${port}/healthz`)).rejects.toThrow('fetch failed');
});
