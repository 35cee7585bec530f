import { expect, it } from 'vitest';
import { bwrap } from './bwrap.ts';
import { mountPoint } from './driver.ts';
import { gvisor } from './gvisor.ts';
import { defaultLimits } from '../sandbox.ts';
import { utilLinux } from './util-linux.ts';

const staged = {
  folder: '/tmp/run',
  program: '/opt/trivy',
  input: '/tmp/run/input',
  database: { path: '/var/db', writable: true },
  caches: [{ name: 'java-db', path: '/var/java' }],
};

it.each<[string, object, object, string]>([
  ['as usual', {}, {}, '/mnt'],
  ['with a run', { folder: '/mnt/run' }, {}, '/media'],
  ['with a scanner', { program: '/mnt/trivy' }, {}, '/media'],
  ['with an input', { input: '/mnt/layout' }, {}, '/media'],
  ['with a database', { database: { path: '/mnt/db', writable: false } }, {}, '/media'],
  [
    'with a cache, and a database elsewhere',
    { caches: [{ name: 'java-db', path: '/mnt/java' }], program: '/media/trivy' },
    {},
    '/srv',
  ],
  ['with a tool', {}, { bwrap: '/mnt/bin/bwrap' }, '/media'],
  ['with a name that only begins alike', { input: '/mnt2/layout' }, {}, '/mnt'],
])('the mount point hides nothing of the run: %s', (_, changed, tools, point) => {
  expect(mountPoint({ staged: { ...staged, ...changed }, tools: { sh: '/bin/sh', ...tools } })).toBe(point);
});

it.each([bwrap, utilLinux, gvisor('systrap')])('$name mounts nothing over a run that lies in /mnt', (driver) => {
  const tools = Object.fromEntries(driver.needs.map((name) => [name, `/bin/${name}`]));
  const line = (input: string): string =>
    driver
      .commandLine({ staged: { ...staged, input }, args: [], limits: defaultLimits, tools })
      .join(' ')
      .replaceAll(input, '');
  expect(line('/tmp/layout')).toContain('/mnt');
  expect(line('/mnt/layout')).not.toContain('/mnt');
  expect(line('/mnt/layout')).toBe(line('/tmp/layout').replaceAll('/mnt', '/media'));
});
