import { escaped, held, type Attack, type AttackOutcome, type Trial } from '../attack.ts';

const mebibyte = 2 ** 20;

const floods =
  (fd: 1 | 2) =>
  async ({ run }: Trial): Promise<AttackOutcome> => {
    const { ended, killedFor, code } = await run(['flood', String(fd), '8']);
    return ended === 'killed' ? held(`killed: ${killedFor}`) : escaped(`wrote all of it (${ended} ${code})`);
  };

export const resources: readonly Attack[] = [
  {
    name: 'takes private memory',
    stoppedBy: ['limit-data'],
    args: () => ['private-memory', '256'],
    limits: { dataBytes: 128 * mebibyte },
  },
  {
    name: 'takes address space',
    stoppedBy: ['limit-address-space'],
    args: () => ['address-space', '1024'],
    limits: { addressSpaceBytes: 512 * mebibyte },
  },
  {
    name: 'takes shared memory',
    stoppedBy: ['watchdog'],
    args: () => ['shared-memory', '256'],
    limits: { memoryBytes: 128 * mebibyte },
  },
  {
    name: 'takes shared memory in a child of a thread',
    stoppedBy: ['seccomp-processes', 'watchdog'],
    args: () => ['thread-child-hoards', '256'],
    limits: { memoryBytes: 128 * mebibyte },
  },
  { name: 'locks memory', stoppedBy: ['limit-locked-memory'], args: () => ['lock-memory'] },
  {
    name: 'makes a message queue',
    stoppedBy: ['seccomp-unlisted', 'limit-message-queues'],
    args: () => ['message-queue'],
    kernelMayRefuse: true,
  },
  {
    name: 'fills the disk',
    stoppedBy: ['scratch-size'],
    args: () => ['fill-disk', '16'],
    limits: { scratchBytes: 8 * mebibyte },
  },
  {
    name: 'makes files without end',
    stoppedBy: ['scratch-inodes'],
    args: () => ['many-files', '500'],
    limits: { scratchInodes: 100 },
  },
  {
    name: 'makes one file without end',
    stoppedBy: ['limit-file-size'],
    args: () => ['fill-disk', '16'],
    limits: { fileBytes: 8 * mebibyte },
  },
  {
    name: 'opens files without end',
    stoppedBy: ['limit-open-files'],
    args: () => ['open-files', '200'],
    limits: { openFiles: 100 },
  },
  {
    name: 'uses the processor without end',
    stoppedBy: ['limit-processor-time', 'deadline'],
    args: () => ['spin', '3'],
    limits: { cpuSeconds: 1 },
    timeoutMs: 2_000,
  },
  { name: 'leaves a memory dump', stoppedBy: ['limit-core'], args: () => ['core-limit'], kernelMayRefuse: true },
  { name: 'floods its output', stoppedBy: ['stdout-cap'], attempt: floods(1), limits: { stdoutBytes: mebibyte } },
  { name: 'floods its complaints', stoppedBy: ['stderr-cap'], attempt: floods(2), limits: { stderrBytes: mebibyte } },
];
