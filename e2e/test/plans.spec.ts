import { expect, it } from 'vitest';
import { assay } from '../../apps/assay/src/program.ts';
import { Terminal } from '../../apps/assay/src/terminal/terminal.ts';
import { TestSuite } from './suite.ts';

it('the command line shows and sets plans, and notes severities that the 2020 query shape maps', async () => {
  const suite = await TestSuite.start();
  const {
    registries: [{ subscriptionId } = { subscriptionId: '' }],
    url,
    token,
  } = suite.suite.endpoint;
  const called = async (...args: readonly string[]) => {
    const [printed, noted]: string[][] = [[], []];
    await assay({
      env: { ASSAY_URL: url, ASSAY_API_TOKEN: token },
      directory: '/',
      terminal: new Terminal(
        {
          write: (text: string) => {
            printed!.push(text);
          },
        },
        {
          write: (text: string) => {
            noted!.push(text);
          },
        },
        {},
      ),
    }).parseAsync(args, { from: 'user' });
    return { printed: printed!.join(''), noted: noted!.join('') };
  };
  const severities =
    "securityresources | where type == 'microsoft.security/assessments/subassessments' | summarize n = " +
    'count() by severity = tostring(properties.status.severity), ours = ' +
    'tostring(properties.additionalData.assaySeverity) | order by ours asc';
  expect((await called('query', severities)).noted).toBe('');
  await suite.settled(await suite.push('debian-13.0', 'debian', 'v1'), 'debian');

  // The read model for queries is behind for a moment.
  await expect.poll(async () => (await called('query', severities)).printed).toContain('Critical');
  const { printed, noted } = await called('query', severities);
  expect(
    printed
      .trim()
      .split('\n')
      .map((line) => line.trim().split(/\s+/).join(' ')),
  ).toEqual([
    'severity ours n',
    'High Critical 2',
    'High High 14',
    'Low Low 52',
    'Medium Medium 23',
    'Medium Unknown 141',
  ]);
  expect(noted).toContain('show Critical as High, and an unknown severity as Medium');
  expect((await called('query', 'resources | summarize count() by type')).noted).toBe('');
  expect((await called('query', severities, '--json')).noted).toBe('');

  const listed = async () =>
    (
      JSON.parse((await called('plans', '--json')).printed) as {
        plans: { plan: string; scans: boolean; mode: string; modeBy: string }[];
      }
    ).plans.map(({ plan, scans, mode, modeBy }) => `${plan} ${scans ? 'on' : 'off'} ${mode} ${modeBy}`);
  expect(await listed()).toEqual(['ContainerRegistry off classic plan', 'Containers on extended plan']);
  expect(
    (
      await called(
        'plans',
        'set',
        'containers',
        '--subscription',
        subscriptionId,
        '--mode',
        'classic',
        '--why',
        'as in 2020',
      )
    ).printed,
  ).toContain('is on, and assesses classic');
  expect(
    (
      await called(
        'plans',
        'set',
        'ContainerRegistry',
        '--subscription',
        subscriptionId,
        '--tier',
        'standard',
        '--why',
        'both',
      )
    ).printed,
  ).toContain('is on, and assesses classic');
  expect(await listed()).toEqual(['ContainerRegistry on classic plan', 'Containers on classic command']);
  expect((await called('plans')).printed).toContain('as in 2020');
  await expect(
    called('plans', 'set', 'Containers', '--subscription', subscriptionId, '--why', 'nothing'),
  ).rejects.toMatchObject({ reason: 'usage' });
});
