import { randomUUID } from 'node:crypto';
import { chmodSync, copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { notificationId, type NotificationReceived } from '@assay/events';
import { recordOf } from '@assay/messaging';
import type { Alerting, Firing } from './victoria.ts';
import { dayMs, hourMs, type BoardsWorld } from './world.ts';

/** A fault made on purpose, and all alerts that it gives: no others. */
export interface FaultCase {
  readonly name: string;
  /** Name of an alert, with those of its labels that distinguish it from others of the same name. */
  readonly alerts: readonly string[];
  /** Makes it. Returns a function that takes it back. */
  readonly make: () => Promise<() => Promise<unknown>>;
  /** It is left for as long after the last expected alert, for others to show, ms. */
  readonly leftMs?: number;
}

/** The labels that a row of the table shows. */
const shown = ['service', 'registry', 'what', 'wall', 'outcome', 'reason'];

const textOf = ({ name, labels }: Firing): string => {
  const own = shown.flatMap((label) => (labels[label] === undefined ? [] : [labels[label]]));
  return own.length > 0 ? `${name} ${own.join(' ')}` : name;
};

/**
 * Words of a command that runs another one where `bwrap` leaves its program on the network of the host. Needs root: it
 * mounts its own `bwrap` over that of the machine, for itself alone, since the runner takes none from PATH before it.
 */
const withoutNetworkWall = (folder: string): readonly string[] => {
  const [real, program] = [join(folder, 'real'), join(folder, 'bwrap')];
  copyFileSync('/usr/bin/bwrap', real);
  const instead = '--unshare-ipc --unshare-pid --unshare-uts --unshare-cgroup-try';
  writeFileSync(
    program,
    [
      '#!/bin/bash',
      'given=()',
      `for each in "$@"; do if [ "$each" = --unshare-all ]; then given+=(${instead}); else given+=("$each"); fi; done`,
      `exec ${real} "\${given[@]}"`,
      '',
    ].join('\n'),
  );
  for (const file of [real, program]) chmodSync(file, 0o755);
  // Users of the slots start it.
  chmodSync(folder, 0o755);
  const mount = 'mount --bind "$1" /usr/bin/bwrap && shift && exec "$@"';
  return ['unshare', '--mount', '--propagation', 'private', 'sh', '-c', mount, 'sh', program];
};

/** The registry that images are pushed to first. */
const registryOf = ({ registries: [registry] }: BoardsWorld) => registry!;

/** In the order in which they are made. The last one is seen for a long time: it uses up a budget of days. */
export const faultsOf = (world: BoardsWorld): readonly FaultCase[] => [
  { name: 'none', alerts: [], make: async () => async () => undefined, leftMs: 30_000 },
  {
    name: 'an event is parked',
    alerts: ['AssayParked classifier'],
    make: async () => {
      const target = await world.poison('scan.completed', 'classifier');
      return () => world.command('drop', target, '--why', 'the end of a test');
    },
  },
  {
    name: 'the database is eight days old',
    alerts: ['AssayDatabaseOld', 'AssayDatabaseVeryOld'],
    make: async () => {
      await world.importDatabase(8 * dayMs);
      return () => world.importDatabase(hourMs);
    },
  },
  {
    name: 'the runner is stopped',
    alerts: ['AssaySilence sandbox-runner'],
    make: async () => {
      const runner = world.process('sandbox-runner');
      await runner.stop();
      return async () => {
        runner.start();
        await runner.ready();
      };
    },
  },
  {
    name: 'a registry is away',
    // Sweeps notice it. The runner would only if something were pushed there: a new database needs no second pull.
    alerts: ['AssayRegistryAway ingestion', `AssaySweepFailing ${registryOf(world).loginServer}`],
    make: async () => {
      await registryOf(world).stop();
      return () => registryOf(world).start();
    },
  },
  {
    name: 'a wall of the sandbox is missing',
    alerts: ['AssaySilence sandbox-runner', 'AssayWallMissing has its own network'],
    make: async () => {
      const runner = world.process('sandbox-runner');
      await runner.stop();
      const folder = mkdtempSync(join(tmpdir(), 'assay-no-wall-'));
      const within = withoutNetworkWall(folder);
      let isBroken = true;
      // It ends at each start, and is started again, as by an orchestrator.
      const starting = (async () => {
        for (; isBroken; await pause(500)) if (!runner.runs) runner.start(false, undefined, within);
      })();
      return async () => {
        isBroken = false;
        await starting;
        await runner.stop();
        rmSync(folder, { recursive: true });
        runner.start();
        await runner.ready();
      };
    },
  },
  {
    name: 'a push is late, among thirty in time',
    alerts: ['AssayResultsLateFast', 'AssayResultsLateSlow'],
    make: async () => {
      const registry = registryOf(world);
      await world.push(
        'debian-13.8',
        Array.from({ length: 30 }, (_, n) => `in-time/${n}`),
      );
      await world.settled();
      const digest = await registry.pushUnseen('debian-13.8', 'late', '1');
      const receivedAt = new Date(Date.now() - hourMs / 60 - 16 * 60_000).toISOString();
      const { registryId } = world.suite.endpoint.registries[0]!;
      const data: NotificationReceived = {
        sender: 'acr',
        senderEventId: randomUUID(),
        action: 'push',
        loginServer: registry.loginServer,
        registryId,
        repository: 'late',
        digest,
        tag: '1',
        mediaType: 'application/vnd.oci.image.manifest.v1+json',
        occurredAt: receivedAt,
        receivedAt,
      };
      const id = notificationId('acr', registryId.toLowerCase(), data.senderEventId);
      await world.log.append([
        recordOf(
          {
            id,
            source: '/assay/ingestion',
            subject: digest,
            time: receivedAt,
            correlationid: id,
            topic: 'notification.received',
            data,
          },
          world.log.partitions,
        ),
      ]);
      await world.settled();
      return async () => undefined;
    },
  },
];

/** A row of the table of faults. */
export interface FaultRow {
  readonly fault: string;
  readonly expected: readonly string[];
  readonly fired: readonly string[];
}

export const isExact = ({ expected, fired }: FaultRow): boolean =>
  expected.length === fired.length && expected.every((alert) => fired.includes(alert));

/** Longest time until an expected alert fires, and until all are over, ms. */
const mostMs = 150_000;
/** Time that a fault is left after its last alert, ms: sixty times as long for a real rule. */
const leftMs = 15_000;
const everyMs = 500;

/** Makes a fault, and collects every alert that fires until it was taken back. */
export const tried = async (fault: FaultCase, alerting: Alerting): Promise<FaultRow> => {
  await untilCalm(alerting);
  const fired = new Set<string>();
  const look = async (): Promise<void> => {
    for (const alert of await alerting.firing()) fired.add(textOf(alert));
  };
  const back = await fault.make();
  const deadline = Date.now() + mostMs;
  while (Date.now() < deadline && !fault.alerts.every((alert) => fired.has(alert))) {
    await look();
    await pause(everyMs);
  }
  for (const until = Date.now() + (fault.leftMs ?? leftMs); Date.now() < until; await pause(everyMs)) await look();
  await back();
  return { fault: fault.name, expected: fault.alerts.toSorted(), fired: [...fired].toSorted() };
};

/** Waits until no alert fires. */
const untilCalm = async (alerting: Alerting): Promise<void> => {
  for (const deadline = Date.now() + mostMs; ; await pause(everyMs)) {
    const firing = await alerting.firing();
    if (firing.length === 0) return;
    if (Date.now() > deadline) throw new Error(`alerts go on: ${firing.map(textOf).join(', ')}`);
  }
};
