import { expect, it } from 'vitest';
import { Api } from '../../apps/assay/src/client/api.ts';
import { assay } from '../../apps/assay/src/program.ts';
import { reportedIn } from '../../apps/assay/src/running/reported.ts';
import { Terminal } from '../../apps/assay/src/terminal/terminal.ts';
import { home, TestSuite } from './suite.ts';

it('what a cluster reports is shown of each image, and is kept by the next suite', async () => {
  const { suite, data, ...test } = await TestSuite.start().then((started) => ({
    suite: started.suite,
    data: started.data,
    push: started.push.bind(started),
    settled: started.settled.bind(started),
  }));
  const [runs, rests] = [await test.push('alpine-3.20.3', 'web', 'v1'), await test.push('debian-13.0', 'tools', 'v1')];
  await test.settled(runs, 'web');
  await test.settled(rests, 'tools');
  const pods = {
    kind: 'PodList',
    items: [
      {
        metadata: { namespace: 'shop' },
        spec: { containers: [{ name: 'web', image: 'local/web:v1' }] },
        status: { containerStatuses: [{ name: 'web', imageID: `local/web@${runs}` }] },
      },
    ],
  };
  const report = ({ endpoint }: typeof suite) =>
    new Api(endpoint.url, endpoint.token).reportRunning('prod', reportedIn(JSON.stringify(pods)).images);
  const printed = async (...args: readonly string[]): Promise<string> => {
    const out: string[] = [];
    const write = (text: string): void => {
      out.push(text);
    };
    const shell = { env: { ASSAY_HOME: home }, directory: '/', terminal: new Terminal({ write }, { write }, {}) };
    await assay(shell).parseAsync([...args, '--data', data.path], { from: 'user' });
    return out.join('');
  };
  expect(await report(suite)).toEqual({ digests: 1, firstSeen: 1, gone: 0, again: 0 });
  await expect.poll(() => printed('status', runs)).toContain('running     prod (shop) since ');
  expect(await printed('status', rests)).toContain('running     in no cluster that reports');
  expect(await printed('status', '--running')).toMatch(/web:v1 .* prod\n/);
  expect(await printed('running')).toMatch(/prod +\S+ \S+ +1\n[^]*web:v1 +\w+ +prod \(shop\)/);
  await suite.close();
  const again = await TestSuite.start({ data });
  expect(await report(again.suite)).toEqual({ digests: 1, firstSeen: 0, gone: 0, again: 0 });
});
