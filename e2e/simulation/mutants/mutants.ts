import { fenceType, type Witness } from '@assay/events';
import { laws } from '../../laws/judge.ts';
import type { PartitionCheckpoint, Store, Trouble } from '@assay/event-sourcing';
import type { Discoveries } from '@assay/registry';
import type { Batch, EventLog, NewRecord, PartitionOwner } from '@assay/messaging';
import type { SimulatedFaultKind } from '../faults/faults.ts';
import type { StoreServer, CommitWitness } from '../store/memory.ts';
import type { ReadModelFile } from '../services/read-model.ts';
import type { SealingCalls } from '../services/composing.ts';
import { kindOf } from '../../laws/records.ts';
import type { CloudCalls } from '../outside/cloud.ts';
import type { RegistryCalls } from '../outside/registry.ts';
import { discoveryLaws } from '../truth/discovery.ts';
import { sealLaws } from '../truth/seals.ts';
import { sweepLaws } from '../truth/sweeps.ts';
import { tagLaws } from '../invariants/tags.ts';
import { commandId } from '../story/commands.ts';
import { believesEvents, firstPageOnly, knowsNoRestriction, neverAsksBack, overlooksCuts } from './discovery.ts';
import { RowsAfter } from './files.ts';
import { believesNotices, closesAtOnce, closesWhatRuns, forgetsIndexes } from './tags.ts';
import {
  announcesHeld,
  announcesUnasked,
  answersNothing,
  ignoresLimits,
  overlooksLosses,
  silenceIsConsent,
} from './offers.ts';
import { noOutbox, offsetFirst, offsetLast } from './orders.ts';
import { countsItsOwn, outsideByLog, sealsAnew, sealsPast, takesNoTurn } from './seals.ts';
import {
  believesNotes,
  countsDescriptions,
  dropsWhatVanished,
  exceptsNothing,
  forgetsDatabases,
  lateAsNew,
  lateResults,
  marksOvertake,
  newestByAge,
  otherBase,
  positionsReversed,
} from './sets.ts';
import { AnyEpoch, AnyOffset, AnyStamp, CallersClock, LeasesIgnored } from './servers.ts';
import { changed, type Wrapped } from './wrapped.ts';

const ownLaws = { ...laws, ...sweepLaws, ...discoveryLaws, ...sealLaws, ...tagLaws };

/**
 * A service that is down until pushes are overdue; a month without events; clocks that differ by tens of seconds; a
 * topic that loses its end; other databases that are announced; other builds of the scanner; handlers that fail;
 * databases that are offered first; days with databases that have lost everything; registries whose listings do not
 * end; registries that are discovered; a log that is sealed; clusters that run images, and tags that go silently; days
 * in which images without a tag are closed.
 */
export type Stretch =
  | 'silence'
  | 'month'
  | 'skew'
  | 'cut'
  | 'databases'
  | 'builds'
  | 'faulty'
  | 'offers'
  | 'hollow-days'
  | 'endless-listings'
  | 'discovery'
  | 'seals'
  | 'running'
  | 'days';

/**
 * A mistake that the simulation must find. It is made in front of a port or behind it, never in the code under test.
 */
export interface Mutant {
  readonly name: string;
  readonly does: string;
  /** Faults without which the mistake does no harm: every schedule with this mutant has them. */
  readonly shownBy?: readonly (SimulatedFaultKind | Stretch)[];
  /** The law that has to find it, before any other does. Absent: any invariant may. */
  readonly against?: keyof typeof ownLaws;
  readonly wrap?: (log: EventLog, store: Store) => Wrapped;
  readonly server?: new (witness: CommitWitness, now: () => number) => StoreServer;
  readonly file?: new () => ReadModelFile;
  /** Replaces methods of the clients of registries with which sweeps work. */
  readonly swept?: (calls: RegistryCalls) => Partial<RegistryCalls>;
  /** Replaces methods of the clients of Azure Resource Manager. */
  readonly listed?: (calls: CloudCalls) => Partial<CloudCalls>;
  /** Replaces methods of the setting of discoveries. */
  readonly discoveries?: (discoveries: Discoveries) => Partial<Discoveries>;
  /** Replaces ports of the sealer. */
  readonly sealing?: (calls: SealingCalls) => Partial<SealingCalls>;
}

const withStore =
  (methods: (store: Store) => Partial<Store>) =>
  (log: EventLog, store: Store): Wrapped => ({ log, store: changed(store, methods(store)) });
const withLog =
  (methods: (log: EventLog) => Partial<EventLog>) =>
  (log: EventLog, store: Store): Wrapped => ({ log: changed(log, methods(log)), store });

const withoutSequences = (batch: Batch): Batch => ({
  ...batch,
  records: batch.records.map(({ headers: { ce_sequence: _sequence, ...headers }, ...record }) => ({
    ...record,
    headers,
  })),
});

const withoutFences = (log: EventLog, records: readonly NewRecord[]): Promise<readonly number[]> =>
  onlySome(log, records, ({ headers }) => headers.ce_type !== fenceType);

const onlySome = async (
  log: EventLog,
  records: readonly NewRecord[],
  isKept: (record: NewRecord) => boolean,
): Promise<readonly number[]> => {
  const events = records.filter(isKept);
  const offsets = [...(await log.append(events))];
  return records.map((record) => (events.includes(record) ? offsets.shift()! : 0));
};

/** Treats some records as sent, and never sends them. */
const withheld =
  (isSuppressed: (record: NewRecord) => boolean) =>
  (log: EventLog, store: Store): Wrapped => ({
    log: changed(log, {
      append: async (records) => {
        const offsets = [...(await log.append(records.filter((record) => !isSuppressed(record))))];
        return records.map((record) => (isSuppressed(record) ? 0 : offsets.shift()!));
      },
    }),
    store: changed(store, {
      transact: async (partition, epoch, changes) => {
        const result = await store.transact(partition, epoch, {
          ...changes,
          outbox: changes.outbox.filter((record) => !isSuppressed(record)),
        });
        if (!result.committed) return result;
        const positions = [...result.positions];
        return {
          committed: true,
          positions: changes.outbox.map((record) => (isSuppressed(record) ? 0 : positions.shift()!)),
        };
      },
    }),
  });

/** Lapses of time with this reason. */
const suppressed = (reason: string) =>
  withheld(
    ({ topic, value }) =>
      topic === 'recommendation.changed' && (JSON.parse(value || '{}') as { reason?: string }).reason === reason,
  );

/** Sets that are published once more: no announcement is their cause. */
const isSetAgain = ({ headers }: NewRecord): boolean =>
  kindOf({ headers }) === 'scan.reassessed' && !headers.ce_causationid?.startsWith(commandId);

/** Forgets the positions of some topics. */
const forgetful = (forgets: (topic: string, head: Pick<PartitionCheckpoint, 'offsets'>) => boolean) =>
  withStore((store) => ({
    claim: async (partition, floor) => {
      const { checkpoint, ...claim } = await store.claim(partition, floor);
      return {
        ...claim,
        checkpoint: {
          ...checkpoint,
          read: Object.fromEntries(Object.entries(checkpoint.read).filter(([topic]) => !forgets(topic, checkpoint))),
        },
      };
    },
  }));

export const mutants: readonly Mutant[] = [
  { name: 'offset-first', does: 'commits the offset, then applies', wrap: offsetFirst },
  { name: 'offset-last', does: 'applies, sends, then commits the offset', wrap: offsetLast },
  {
    name: 'no-outbox',
    does: 'applies and commits the offset together, and sends after it, without an outbox',
    shownBy: ['log-outage'],
    wrap: noOutbox,
  },
  { name: 'any-epoch', does: 'lets an owner write that lost the partition', server: AnyEpoch },
  {
    name: 'any-batch',
    does: 'takes a batch that does not begin where the store stands',
    server: AnyOffset,
    wrap: withLog((log) => ({ consume: (group, topics, owner) => log.consume(group, topics, believing(owner)) })),
  },
  { name: 'any-stamp', does: 'goes on with a store that was rolled back', shownBy: ['roll-back'], server: AnyStamp },
  { name: 'any-lease', does: 'takes the result of an attempt that lost its job', server: LeasesIgnored },
  {
    name: 'callers-clock',
    does: 'lets leases run out by the clock of whoever asks',
    shownBy: ['skew'],
    server: CallersClock,
  },
  {
    name: 'no-fence',
    does: 'fills a store without shutting out what earlier owners still append',
    shownBy: ['disaster'],
    wrap: withLog((log) => ({ append: (records) => withoutFences(log, records) })),
  },
  {
    name: 'no-mark',
    does: 'takes what is relayed twice for new',
    shownBy: ['restless'],
    wrap: withLog((log) => ({
      consume: (group, topics, owner) =>
        log.consume(group, topics, { ...bound(owner), received: (batch) => owner.received(withoutSequences(batch)) }),
    })),
  },
  {
    name: 'not-asked',
    does: 'asks about no key after a store was filled',
    shownBy: ['empty'],
    wrap: withStore((store) => ({
      transact: (partition, epoch, changes) =>
        store.transact(
          partition,
          epoch,
          changes.checkpoint.restored
            ? { ...changes, checkpoint: { ...changes.checkpoint, evaluated: true } }
            : changes,
        ),
    })),
  },
  {
    name: 'left-behind',
    does: 'sends nothing of what an earlier owner left in the outbox',
    wrap: withStore((store) => ({
      claim: async (partition, floor) => {
        const claim = await store.claim(partition, floor);
        await store.trim(partition, claim.outbox.at(-1)?.position ?? 0);
        return { ...claim, outbox: [] };
      },
    })),
  },
  {
    name: 'trims-all',
    does: 'forgets the whole outbox when some of it was sent',
    wrap: withStore((store) => ({
      transact: (partition, epoch, changes) =>
        store.transact(
          partition,
          epoch,
          changes.trim === undefined ? changes : { ...changes, trim: Number.MAX_SAFE_INTEGER },
        ),
      trim: (partition) => store.trim(partition, Number.MAX_SAFE_INTEGER),
    })),
  },
  {
    name: 'trims-once',
    does: 'takes an outbox for trimmed although the store did not answer',
    wrap: withStore((store) => ({
      trim: (partition, position) => store.trim(partition, position).catch(() => undefined),
    })),
  },
  {
    name: 'never-looks',
    does: 'does not notice an emptied store while nothing is heard',
    shownBy: ['empty'],
    wrap: withStore((store) => {
      const held = new Map<number, number>();
      return {
        claim: async (partition, floor) => {
          const claim = await store.claim(partition, floor);
          held.set(partition, claim.checkpoint.epoch);
          return claim;
        },
        epoch: async (partition) => held.get(partition),
      };
    }),
  },
  {
    name: 'gives-up',
    does: 'gives up an image whose registry was away three times',
    shownBy: ['registry-outage'],
    wrap: withStore((store) => ({
      finishJob: (job, outcome) => {
        const { code = '', tries = 0 } = ('trouble' in outcome ? outcome.trouble : {}) as Partial<Trouble>;
        const failed = {
          succeeded: false,
          code,
          message: 'given up',
          attempts: tries,
          startedAt: new Date(job.enqueuedAt).toISOString(),
          scannerMs: 0,
          pullMs: 0,
        };
        return store.finishJob(job, tries >= 3 ? { result: failed } : outcome);
      },
    })),
  },
  {
    name: 'believes-the-scanner',
    does: 'drops the disagreements of the witness',
    wrap: withStore((store) => ({
      finishJob: (job, outcome) => {
        const { witness, ...result } = ('result' in outcome ? outcome.result : {}) as { witness?: Witness };
        return store.finishJob(
          job,
          witness ? { result: { ...result, witness: { ...witness, disagreements: [] } } } : outcome,
        );
      },
    })),
  },
  {
    name: 'forgets-what-is-missing',
    does: 'takes a database for one that knows every release',
    wrap: withStore((store) => ({
      finishJob: (job, outcome) => {
        const { uncovered, ...result } = ('result' in outcome ? outcome.result : {}) as { uncovered?: object };
        return store.finishJob(job, uncovered ? { result } : outcome);
      },
    })),
  },
  {
    name: 'never-overdue',
    does: 'says nothing of a push that nobody answered',
    shownBy: ['silence'],
    wrap: suppressed('overdue'),
  },
  {
    name: 'never-stale',
    does: 'says nothing of an image that was healthy too long ago',
    shownBy: ['month'],
    wrap: suppressed('stale'),
  },
  {
    name: 'reads-half',
    does: 'gives out what a store has while it is being filled',
    shownBy: ['readers'],
    wrap: withStore((store) => ({
      checkpoint: async (partition) => {
        const head = await store.checkpoint(partition);
        return (
          head && {
            ...head,
            restored: true,
            evaluated: true,
            stateVersion: 1,
            epoch: 0,
            lastEmitted: `${Number.MAX_SAFE_INTEGER}.0`,
          }
        );
      },
    })),
  },
  {
    name: 'rows-after',
    does: 'writes up to where the read model has read, and its rows after that',
    shownBy: ['unwritable'],
    file: RowsAfter,
  },
  {
    name: 'reads-on',
    does: 'goes on where it stood once a topic that was cut has grown past that',
    shownBy: ['cut'],
    wrap: forgetful((topic, { offsets }) => topic in offsets),
  },
  {
    name: 'says-no-more',
    does: 'takes what its own topic lost for said',
    shownBy: ['cut'],
    wrap: forgetful((topic, { offsets }) => !(topic in offsets)),
  },
  {
    name: 'forgets-a-standstill',
    does: 'goes on where it stood still, once it is opened anew',
    shownBy: ['cut'],
    wrap: withStore((store) => ({
      claim: async (partition, floor) => {
        const {
          checkpoint: { standstill: _standstill, ...head },
          ...claim
        } = await store.claim(partition, floor);
        return { ...claim, checkpoint: { ...head, read: {} } };
      },
    })),
  },
  {
    name: 'mark-first',
    does: 'puts a mark of the runner before its last change',
    against: 'marks',
    shownBy: ['databases'],
    wrap: marksOvertake('scan.completed'),
  },
  {
    name: 'mark-overtakes',
    does: 'has marks on a topic of their own, which comes sooner',
    against: 'marks',
    shownBy: ['databases'],
    wrap: marksOvertake('finding.classified'),
  },
  {
    name: 'vouches-for-halted',
    does: 'lets a mark pass over keys that are halted',
    against: 'marks',
    shownBy: ['databases', 'faulty'],
    wrap: exceptsNothing('finding.classified'),
  },
  {
    name: 'vouches-for-failed',
    does: 'lets a mark of the runner pass over images that could not be assessed',
    against: 'marks',
    shownBy: ['databases', 'registry-outage'],
    wrap: exceptsNothing('scan.completed'),
  },
  {
    name: 'drops-for-good',
    does: 'publishes no whole set after an operator dropped a result',
    shownBy: ['databases', 'faulty'],
    wrap: withheld(isSetAgain),
  },
  {
    name: 'other-base',
    does: 'changes the classification before the last one',
    against: 'sets',
    shownBy: ['databases'],
    wrap: otherBase,
  },
  {
    name: 'other-order',
    does: 'takes positions from a list of another order',
    against: 'sets',
    shownBy: ['databases'],
    wrap: positionsReversed,
  },
  {
    name: 'late-result',
    does: 'lets a result that ends late take the place of a newer one',
    against: 'order',
    shownBy: ['databases'],
    wrap: lateResults,
  },
  {
    name: 'late-as-new',
    does: 'takes what a scanner with an old database found for what the newest one gives',
    against: 'shown',
    shownBy: ['databases'],
    wrap: lateAsNew,
  },
  {
    name: 'newest-by-age',
    does: 'takes the database that was built last for the newest one',
    against: 'covered',
    shownBy: ['databases'],
    wrap: newestByAge,
  },
  {
    name: 'counts-descriptions',
    does: 'publishes an image again because a description is in other words',
    against: 'news',
    shownBy: ['databases'],
    wrap: countsDescriptions,
  },
  {
    name: 'believes-notes',
    does: 'takes images for assessed, as noted, after the store with the notes was filled from the log',
    against: 'marks',
    shownBy: ['databases', 'empty'],
    wrap: believesNotes,
  },
  {
    name: 'classifies-again',
    does: 'classifies images again by the database with which readers know them',
    against: 'news',
    shownBy: ['databases'],
    wrap: forgetsDatabases,
  },
  {
    name: 'drops-what-vanished',
    does: 'takes findings for gone with their advisories, by the first database without these',
    against: 'kept',
    shownBy: ['databases'],
    wrap: dropsWhatVanished,
  },
  {
    name: 'announces-unasked',
    does: 'announces a database without waiting for the answers to its offer',
    against: 'offered',
    shownBy: ['databases', 'offers'],
    wrap: announcesUnasked,
  },
  {
    name: 'announces-held',
    does: 'announces a database that is held',
    against: 'offered',
    shownBy: ['databases', 'offers'],
    wrap: announcesHeld,
  },
  {
    name: 'ignores-limits',
    does: 'uses a database although its consequences are beyond the limits',
    against: 'offered',
    shownBy: ['databases', 'offers'],
    wrap: ignoresLimits,
  },
  {
    name: 'silence-is-consent',
    does: 'takes a partition that does not answer for one that loses nothing',
    against: 'offered',
    shownBy: ['databases', 'offers', 'silence', 'hollow-days'],
    wrap: silenceIsConsent,
  },
  {
    name: 'answers-nothing',
    does: 'has the runner answer an offer as if no image had a result',
    against: 'weighed',
    shownBy: ['databases', 'offers'],
    wrap: answersNothing,
  },
  {
    name: 'overlooks-losses',
    does: 'has the runner answer an offer as if no finding closed',
    against: 'weighed',
    shownBy: ['databases', 'offers'],
    wrap: overlooksLosses,
  },
  {
    name: 'first-by-name',
    does: 'gives slots to the first subscription for as long as it has jobs',
    wrap: withStore((store) => ({
      claimJob: (options) =>
        store.claimJob({ ...options, lanes: options.lanes.toSorted((a, b) => (a.lane < b.lane ? -1 : 1)) }),
    })),
  },
  {
    name: 'sweeps-anew',
    does: 'begins each sweep at the start of the listing',
    against: 'readOn',
    shownBy: ['endless-listings'],
    swept: (calls) => ({ repositories: (signal) => calls.repositories(signal) }),
  },
  {
    name: 'keeps-tags',
    does: 'leaves an image the tag that another one has by now',
    wrap: withLog((log) => ({
      append: (records) => onlySome(log, records, ({ value }) => !value.includes('"sender":"tag"')),
    })),
  },
  {
    name: 'sweeps-a-part',
    does: 'takes the tags of a part of a repository for all of them',
    swept: () => ({
      tags: async function* () {
        yield* [];
      },
    }),
  },
  {
    name: 'believes-notices',
    does: 'lets a notification move a tag, and does not ask the registry',
    against: 'moves',
    shownBy: ['running'],
    wrap: believesNotices,
  },
  {
    name: 'forgets-indexes',
    does: 'takes an image for untagged as soon as one of its indexes is',
    shownBy: ['running'],
    wrap: forgetsIndexes,
  },
  {
    name: 'closes-at-once',
    does: 'closes what is open on an image without waiting after the loss of its tag',
    against: 'due',
    shownBy: ['running', 'days'],
    wrap: closesAtOnce,
  },
  {
    name: 'closes-what-runs',
    does: 'has recommendation overlook what clusters report',
    against: 'due',
    shownBy: ['running', 'days'],
    wrap: closesWhatRuns,
  },
  {
    name: 'never-closes',
    does: 'leaves open what is open on an image without a tag',
    shownBy: ['running', 'days'],
    wrap: suppressed('untagged'),
  },
  {
    name: 'lists-first',
    does: 'holds a sweep until the listing of the registry has ended',
    against: 'swept',
    shownBy: ['endless-listings'],
    swept: (calls) => ({
      repositories: async function* (signal, after) {
        const names: string[] = [];
        for await (const name of calls.repositories(signal, after)) names.push(name);
        yield* names;
      },
    }),
  },
  {
    name: 'never-asks-back',
    does: 'removes registries that listings lack without asking for them',
    against: 'kept',
    shownBy: ['discovery'],
    listed: neverAsksBack,
  },
  {
    name: 'overlooks-cuts',
    does: 'takes a listing that was cut for a whole one',
    against: 'kept',
    shownBy: ['discovery'],
    listed: overlooksCuts,
  },
  {
    name: 'knows-no-walls',
    does: 'has eligibility take restricted registries for public ones',
    against: 'shut',
    shownBy: ['discovery'],
    wrap: knowsNoRestriction,
  },
  {
    name: 'believes-events',
    does: 'uses the identity for each registry that an event gives to the discovery',
    against: 'suffix',
    shownBy: ['discovery'],
    discoveries: believesEvents,
  },
  {
    name: 'first-page-only',
    does: 'reads the first page of a listing',
    against: 'found',
    shownBy: ['discovery'],
    listed: firstPageOnly,
  },
  {
    name: 'seals-past',
    does: 'seals what comes while it reads, without having read it',
    against: 'whole',
    shownBy: ['seals'],
    sealing: sealsPast,
  },
  {
    name: 'seals-anew',
    does: 'knows no seal of before its start',
    against: 'one',
    shownBy: ['seals', 'kill'],
    sealing: sealsAnew,
  },
  {
    name: 'counts-its-own',
    does: 'goes on from its own seal, although that of another came first',
    against: 'one',
    shownBy: ['seals', 'cut-off', 'restless'],
    sealing: countsItsOwn,
  },
  {
    name: 'outside-by-log',
    does: 'takes seals that are in the log at its start for written to the outside place',
    against: 'outside',
    shownBy: ['seals', 'kill'],
    sealing: outsideByLog,
  },
  {
    name: 'takes-no-turn',
    does: 'leaves sealing to the process that has sealed before',
    against: 'sealed',
    shownBy: ['seals', 'kill'],
    sealing: takesNoTurn,
  },
  {
    name: 'leases-for-ever',
    does: 'waits for ever for who died with a job',
    wrap: withStore((store) => ({ claimJob: (options) => store.claimJob({ ...options, leaseMs: 10 ** 12 }) })),
  },
];

const bound = <Owner extends { opened(partition: number): unknown; closed(partition: number): unknown }>(
  owner: Owner,
): Pick<Owner, 'opened' | 'closed'> => ({ opened: owner.opened.bind(owner), closed: owner.closed.bind(owner) });

/** Treats every batch as the requested one. */
const believing = (owner: PartitionOwner): PartitionOwner => {
  const next = new Map<string, number>();
  return {
    opened: async (partition) => {
      const offsets = await owner.opened(partition);
      for (const [topic, offset] of Object.entries(offsets)) next.set(`${topic}/${partition}`, offset);
      return offsets;
    },
    received: async (batch) => {
      const at = `${batch.topic}/${batch.partition}`;
      await owner.received({ ...batch, fetchedOffset: next.get(at) ?? 0 });
      next.set(at, batch.nextOffset);
    },
    closed: (partition) => owner.closed(partition),
  };
};

/** True if a failure shows the mistake: its law found it, and not another invariant. */
export const isFoundBy = (mutant: Mutant | undefined, invariant: string): boolean =>
  mutant?.against === undefined || ownLaws[mutant.against] === invariant;

export const mutantCalled = (name: string): Mutant | undefined => mutants.find((mutant) => mutant.name === name);
