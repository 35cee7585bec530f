import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import type { Endpoint } from '../../apps/assay/src/suite/data.ts';
import { freePort } from '../../tools/services/index.ts';
import { makePast, pastCommand } from '../past/made.ts';

/** How long its metrics are sent, ms. */
const openMs = 20_000;

/** Opens a past of 90 days, with its metrics sent once a second to a place that takes OTLP, and closes it. */
export const withPast = async (otlp: string): Promise<void> => {
  const folder = await makePast(1);
  const child = spawn(process.execPath, [pastCommand, folder, '--up', '--json', '--port', String(await freePort())], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, OTEL_EXPORTER_OTLP_ENDPOINT: otlp, OTEL_METRIC_EXPORT_INTERVAL: '1000' },
  });
  const ended = once(child, 'exit');
  const [line] = (await Promise.race([
    once(createInterface({ input: child.stdout }), 'line'),
    ended.then(() => [undefined]),
  ])) as [string | undefined];
  if (line === undefined) throw new Error('the past was not opened');
  const { url, token } = JSON.parse(line) as Endpoint;
  // A gauge of the estate needs a reader that has caught up.
  const answer = await fetch(`${url}/assay/images?top=1`, { headers: { authorization: `Bearer ${token}` } });
  if (!answer.ok) throw new Error(`the past does not answer: ${answer.status}`);
  await pause(openMs);
  child.kill('SIGTERM');
  await ended;
};
