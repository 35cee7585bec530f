import { FolderBlobs, putInventory } from '@assay/event-sourcing';
import type { AnyEvent } from '@assay/events';
import { recordOf, type NewRecord } from '@assay/messaging';
import {
  digestOf,
  emitted,
  exampleInventory,
  findingOf,
  planOn,
  registryObserved,
  wholeStory,
} from '../../libs/read-model/test/fixtures.ts';

/** Of the logs. */
export const partitions = 12;
/** Images with the largest inventories, and images with those of the fixtures, in the log from the beginning. */
export const [largest, nextLargest, ordinary, images] = [digestOf(1), digestOf(2), digestOf(3), 20] as const;

/** Sequences of events count in this process alone: it makes all events of the run. */
const recordsOf = (events: readonly AnyEvent[]): NewRecord[] => events.map((event) => recordOf(event, partitions));

/** An image with 300 findings, before the services decide; they emit the rest. */
export const pushed = (n: number, packages?: object): NewRecord[] =>
  recordsOf(
    wholeStory({
      digest: digestOf(n),
      findings: Array.from({ length: 300 }, (_, k) =>
        findingOf({
          vulnerability: `CVE-2026-${1000 + k}`,
          package: `package${k % 50}`,
          description: 'What can be said of it. '.repeat(60),
        }),
      ),
    })
      .filter(({ topic }) => topic !== 'recommendation.changed' && topic !== 'usage.charged')
      .map((event) =>
        packages && event.topic === 'scan.completed'
          ? ({ ...event, data: { ...event.data, packages } } as AnyEvent)
          : event,
      ),
  );

/** 31 MB, as a layer of 362 KB can claim. */
const inventory = (revision: number) => ({
  os: { family: 'debian', version: '13.0' },
  packages: Array.from({ length: 110_000 }, (_, n) => ({
    name: `package-number-${n}`,
    version: `1.2.${n}-${revision}+deb13u1`,
    type: 'debian',
    sourcePackage: `source-${n}`,
    sourceVersion: `1.2.${n}-${revision}`,
    purl: `pkg:deb/debian/package-number-${n}@1.2.${n}-${revision}?arch=amd64&distro=debian-13.0`,
    layer: `sha256:${'4'.repeat(64)}`,
  })),
});

const acted = (command: 'park' | 'halt', target: string, outcome: string): AnyEvent =>
  emitted(
    'operator.acted',
    {
      command,
      target,
      outcome,
      by: target.split('/')[0]!,
      why: 'handler-failed: a mistake',
      details: command === 'park' ? { key: digestOf(999_999), id: 'the event' } : undefined,
    },
    { id: `${command} ${target}`, correlationid: 'a push' },
  );

/** The place of an event that is parked. */
export const parked = { app: 'classifier', topic: 'scan.completed', partition: '3', offset: '17' } as const;

/** All that is in the log before the first request. */
export const estate = async (blobs: string): Promise<NewRecord[]> => {
  const store = new FolderBlobs(blobs);
  await putInventory(store, exampleInventory);
  const packages = [await putInventory(store, inventory(3)), await putInventory(store, inventory(4))];
  return [
    ...recordsOf([
      registryObserved(),
      planOn(),
      acted('park', Object.values(parked).join('/'), 'parked'),
      acted('halt', 'billing/finding.classified/3/10', 'halted'),
    ]),
    ...Array.from({ length: images }, (_, at) => pushed(at + 1, packages[at])).flat(),
  ];
};
