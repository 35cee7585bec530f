import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { escaped, held, judge, unclear, type Attack } from '../attack.ts';

export const files: readonly Attack[] = [
  {
    name: 'reads a file of the host that everybody may read',
    stoppedBy: ['own-root'],
    args: ({ openFile }) => ['read-file', openFile],
  },
  {
    name: 'reads a file of the service',
    stoppedBy: ['own-root', 'slot-user'],
    args: ({ secretFile }) => ['read-file', secretFile],
  },
  {
    name: 'reads /etc/shadow',
    stoppedBy: ['own-root', 'slot-user'],
    args: () => ['read-file', '/etc/shadow'],
    kernelMayRefuse: true,
  },
  {
    name: 'reads its way up out of its root',
    stoppedBy: ['own-root'],
    args: ({ openFile }) => ['read-above', openFile],
  },
  {
    name: 'reads through a link that it made',
    stoppedBy: ['own-root'],
    args: ({ openFile }) => ['read-by-link', openFile],
  },
  {
    name: 'lists the folder in which all scans lie',
    stoppedBy: ['own-root', 'slot-user'],
    args: ({ folder }) => ['list-folder', folder],
  },
  { name: 'finds more in its root than it was given', stoppedBy: ['own-root'], args: () => ['list-root'] },
  {
    name: 'writes into a folder of the service',
    stoppedBy: ['own-root', 'slot-user'],
    args: ({ closedFolder }) => ['write-file', join(closedFolder, 'written')],
  },
  {
    name: 'leaves a file for the next scan',
    stoppedBy: ['own-root'],
    attempt: async ({ run, marker }) => {
      const path = `/tmp/${marker}`;
      const ended = await run(['leave-file', path]);
      const [left, found] = [existsSync(path), await run(['read-file', path])];
      rmSync(path, { force: true });
      if (!ended.stdout.toString().startsWith('done')) return unclear(ended.stderr || `ended with ${ended.code}`);
      return left ? escaped('it lies on the host') : judge(found);
    },
  },
  { name: 'changes the image', stoppedBy: ['read-only-input', 'slot-user'], args: () => ['change-input'] },
  { name: 'changes the scanner', stoppedBy: ['read-only-scanner', 'slot-user'], args: () => ['change-scanner'] },
  { name: 'makes files in its root', stoppedBy: ['read-only-root'], args: () => ['change-root'] },
  {
    name: 'changes the database, and leaves links and pipes in it',
    stoppedBy: ['copied-database', 'slot-user'],
    attempt: async ({ run, scene: { database } }) => {
      const ended = await run(['change-database'], { database: { path: database, writable: true } });
      const [content, entries] = [readFileSync(join(database, 'database'), 'utf8'), readdirSync(database)];
      writeFileSync(join(database, 'database'), 'canary');
      for (const entry of entries) if (entry !== 'database') rmSync(join(database, entry));
      if (content !== 'canary' || entries.length > 1) return escaped('the next scan would see it');
      // Writing into its copy of the database is allowed.
      return held(`only its copy: ${ended.stdout.toString().trim()}`);
    },
  },
  { name: 'runs a program that it brought', stoppedBy: ['scratch-noexec'], args: () => ['run-dropped'] },
  { name: 'runs a program from memory', stoppedBy: ['seccomp-unlisted'], args: () => ['run-from-memory'] },
  {
    name: 'reads what the service has open',
    stoppedBy: ['descriptors'],
    args: () => ['descriptors'],
    prefix: ({ openFile }) => ['/bin/bash', '-c', 'exec 9<"$0" 67<"$0"; exec "$@"', openFile],
  },
  {
    name: 'reads a secret in the environment of the service',
    stoppedBy: ['environment'],
    args: () => ['environment', 'ASSAY_TEST_SECRET'],
    prefix: () => ['/usr/bin/env', 'ASSAY_TEST_SECRET=hunter2'],
  },
];
