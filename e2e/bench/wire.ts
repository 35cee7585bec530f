import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { authorization, serving, timed } from './reads.ts';
import { registryOf } from './estate.ts';
import { median, type BenchRow } from './setting.ts';

interface Question {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly payload?: object;
}

const questions: Readonly<Record<string, Question>> = {
  'page of 100 sub-assessments': {
    method: 'GET',
    url:
      `${registryOf(0).split('/resourceGroups/', 1)[0]!}/providers/Microsoft.Security/subAssessments` +
      '?api-version=2019-01-01-preview',
  },
  '1000 rows of Resource Graph': {
    method: 'POST',
    url: '/providers/Microsoft.ResourceGraph/resources?api-version=2024-04-01',
    payload: { query: 'securityresources' },
  },
};

const sent = async (
  app: NestFastifyApplication,
  { method, url, payload }: Question,
  coding: string,
): Promise<number> => {
  const answer = await app.inject({
    method,
    url,
    headers: { authorization, 'accept-encoding': coding },
    ...(payload ? { payload } : {}),
  });
  if (answer.statusCode !== 200 || (answer.headers['content-encoding'] ?? 'identity') !== coding)
    throw new Error(`${url}: ${answer.statusCode}, ${answer.headers['content-encoding']}`);
  return answer.rawPayload.length;
};

/**
 * Size and duration of answers, plain and compressed. The estate's texts resemble each other; those of real images
 * compress slightly less.
 */
export const measureWire = (findings: number, count: number): Promise<BenchRow[]> =>
  serving(findings, { ASSAY_QUERY_QUOTA: '1000000' }, async (app) => {
    const rows: BenchRow[] = [];
    for (const [name, question] of Object.entries(questions)) {
      let plain = 0;
      for (const coding of ['identity', 'gzip', 'br']) {
        let bytes = 0;
        const taken = await timed(count, async () => {
          bytes = await sent(app, question, coding);
        });
        if (coding === 'identity') plain = bytes;
        rows.push({
          what: `${name}, ${coding}`,
          measured: bytes / 1000,
          unit: 'kB',
          ...(coding === 'identity' ? {} : { target: plain / 1000 / 5 }),
          note: `p50 ${median(taken).toFixed(1)} ms`,
        });
      }
    }
    return rows;
  });
