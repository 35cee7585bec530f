import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { pushLayout } from '@assay/local-registry';
import { eventually, patienceMs } from '@assay/testing';
import type { PlacementAnswer } from '../../apps/assay/src/client/answers.ts';
import { Api } from '../../apps/assay/src/client/api.ts';
import { notices } from '../../apps/assay/src/client/notices.ts';
import { freePort, images, temporaryData, TestSuite } from './suite.ts';
import { UpProcess } from './up-process.ts';

const year = 365 * 86_400_000;

it('no image becomes healthy by a clock that is behind, until it is set', async () => {
  const [data, registryPort] = [await temporaryData(), await freePort()];
  const behind = new UpProcess(data, registryPort, {
    NODE_OPTIONS: `--import ${fileURLToPath(new URL('../torment/scene/clock-off.mjs', import.meta.url))}`,
    ASSAY_TORMENT_CLOCK_MS: String(-3 * year),
  });
  const { url, token } = await behind.start();
  const { digest } = await pushLayout(join(images, 'debian-13.8'), {
    registry: `127.0.0.1:${registryPort}`,
    repository: 'debian',
    tag: 'v1',
    plainHttp: true,
  });
  const api = new Api(url, token);
  const approved = ({ placements }: { placements: readonly PlacementAnswer[] }) =>
    placements[0]?.verdict?.approved === true;
  await eventually(() => api.image(digest).then(approved, () => false));
  await pause(1_000);
  expect((await api.image(digest)).placements).toMatchObject([{ status: 'queued' }]);
  expect(await notices(api)).toEqual(
    ['ingestion', 'sandbox-runner'].map(
      (name) => expect.stringContaining(`warning: the clock of ${name} is behind: `) as string,
    ),
  );
  await behind.killed();

  const suite = await TestSuite.start({ data, registryPort });
  // A scan that the clock held up is tried again, some time after the start.
  await expect
    .poll(async () => (await suite.settled(digest, 'debian')).status, { timeout: patienceMs })
    .toBe('healthy');
});
