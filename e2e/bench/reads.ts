import { setTimeout as pause } from 'node:timers/promises';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { EmbeddedLog } from '@assay/messaging';
import { EmbeddedStore, FolderBlobs, silent } from '@assay/event-sourcing';
import { recommendation } from '@assay/recommendation';
import { startTelemetry } from '@assay/telemetry';
import { estate, registriesIn, registryOf } from './estate.ts';
import { median, quantile, temporary, type BenchRow } from './setting.ts';
import { unhurried } from '../unhurried.ts';

const version = 'api-version=2019-01-01-preview';
const classic = 'dbd0cb49-b563-45e7-9724-889e799fa648';

/** Serves the estate with the recommendation service, for requests over HTTP as clients send them. */
export const serving = async <T>(
  findings: number,
  env: Readonly<Record<string, string>>,
  request: (app: NestFastifyApplication) => Promise<T>,
): Promise<T> => {
  const folder = await estate(findings);
  const [log, store] = [new EmbeddedLog(':memory:'), new EmbeddedStore(':memory:')];
  const running = await recommendation.start({
    log,
    store,
    blobs: new FolderBlobs(temporary('blobs')),
    telemetry: await startTelemetry({ version: 'bench', env: {} }),
    observer: silent,
    env: { ASSAY_API_TOKEN: 'bench', ...unhurried, ...env },
    folder,
    home: folder,
    progress: () => undefined,
    fatal: () => undefined,
  });
  const app = running.app as unknown as NestFastifyApplication;
  await app.getHttpAdapter().getInstance().ready();
  while ((await running.ready!()) !== undefined) await pause(20);
  try {
    return await request(app);
  } finally {
    await running.close();
    await log.close();
    await store.close();
  }
};

export const authorization = 'Bearer bench';

/** Milliseconds of each request; the first few warm up. */
export const timed = async (count: number, request: (nth: number) => Promise<void>): Promise<number[]> => {
  const taken: number[] = [];
  for (let nth = 0; nth < count + 3; nth += 1) {
    const began = performance.now();
    await request(nth);
    if (nth >= 3) taken.push(performance.now() - began);
  }
  return taken;
};

/** Reads pages of the lists from first to last, over a million findings. */
export const measureReads = async (findings: number, count: number): Promise<BenchRow[]> => {
  const rows: BenchRow[] = [];
  for (const shapes of ['classic', 'both']) {
    await serving(findings, { ASSAY_ASSESSMENT_SHAPES: shapes }, async (app) => {
      const get = async (url: string): Promise<{ value: unknown[]; nextLink?: string }> => {
        const answer = await app.inject({ method: 'GET', url, headers: { authorization } });
        if (answer.statusCode !== 200) throw new Error(`${url}: ${answer.statusCode} ${answer.body}`);
        return answer.json();
      };
      // A registry in the middle, if there are that many.
      const registry = registryOf(Math.min(9, registriesIn(findings) - 1));
      const cases: Readonly<Record<string, string>> = {
        all: '/providers/Microsoft.Management/managementGroups/root/providers/Microsoft.Security/subAssessments',
        'a subscription': `${registry.split('/resourceGroups/', 1)[0]!}/providers/Microsoft.Security/subAssessments`,
        'a registry': `${registry}/providers/Microsoft.Security/assessments/${classic}/subAssessments`,
      };
      for (const [name, path] of Object.entries(cases)) {
        let next: string | undefined;
        const taken = await timed(count, async () => {
          const { value, nextLink } = await get(next ?? `${path}?${version}`);
          if (value.length !== 100) throw new Error(`${name}: a page of ${value.length}`);
          next = nextLink?.replace(/^https?:\/\/[^/]+/, '');
        });
        rows.push({
          what:
            `page of 100 sub-assessments of ${findings.toLocaleString('en')}, of ${name}, ` +
            `${shapes === 'both' ? 'both shapes' : 'one shape'}, p95`,
          measured: quantile(taken, 0.95),
          unit: 'ms',
          target: 100,
          note: `p50 ${median(taken).toFixed(1)} ms`,
        });
      }
    });
  }
  return rows;
};
