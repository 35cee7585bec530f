import { Map as ImmutableMap } from 'immutable';
import {
  applied,
  at,
  canonical,
  causeOf,
  droppedIn,
  isComplete,
  placementKey,
  recalledIn,
  scanFactsOf,
  unexpected,
  withPage,
  type AnyEvent,
  type AssayEvent,
  type Database,
  type EventFor,
  type Finding,
  type ScanCompleted,
  type scanFailures,
} from '@assay/events';
import type {
  Config,
  Emitted,
  EmittedPlacement,
  EmittedScan,
  Received,
  ReceivedPlacement,
  NumberedPage,
  StandingResult,
} from './state.ts';

/** The code of a scan that found Java archives and had no database to recognise them by. */
const noJavaDatabase = 'no-java-database' satisfies keyof typeof scanFailures;

const nothingReceived: ReceivedPlacement = { approvals: {}, declined: 0 };

/** The state with another one of the placement that an event is about. */
const withPlacement = (
  received: Received,
  data: Parameters<typeof placementKey>[0],
  fold: (placement: ReceivedPlacement) => ReceivedPlacement,
): Received => {
  const key = placementKey(data);
  const { placements } = received;
  const before = placements[key] ?? nothingReceived;
  const placement = fold(before);
  return placement === before ? received : { ...received, placements: { ...placements, [key]: placement } };
};

export const evolveReceived = (received: Received, event: EventFor<'sandbox-runner'>): Received => {
  switch (event.topic) {
    case 'scan.approved':
      return withPlacement(received, event.data, (placement) =>
        event.data.verdict > placement.declined
          ? {
              ...placement,
              approvals: { ...placement.approvals, [event.data.scanId]: { data: event.data, cause: causeOf(event) } },
            }
          : placement,
      );
    case 'scan.declined':
      return withPlacement(received, event.data, (placement) => {
        const declined = Math.max(placement.declined, event.data.verdict);
        const approvals = Object.entries(placement.approvals).filter(([, { data }]) => data.verdict > declined);
        return { approvals: Object.fromEntries(approvals), declined };
      });
    case 'image.running': {
      const { cluster, seenAt, state } = event.data;
      if ((received.running?.[cluster]?.seenAt ?? '') > seenAt) return received;
      const seen = { seenAt, ...(state === 'gone' ? { gone: true as const } : {}) };
      return { ...received, running: { ...received.running, [cluster]: seen } };
    }
    default:
      return unexpected(event);
  }
};

const nothingEmitted: EmittedPlacement = { scans: {}, answered: 0, hasResult: false, settled: 0 };

/** Folds an event into the scan of its approval. */
const withScan = (
  emitted: Emitted,
  { data }: AssayEvent<'scan.started'> | AssayEvent<'scan.completed'>,
  fold: (scan: EmittedScan, placement: EmittedPlacement) => [EmittedScan, Omit<EmittedPlacement, 'scans'>],
): Emitted => {
  const key = placementKey(data);
  const placement = emitted.placements[key] ?? nothingEmitted;
  const { verdict, scanId } = data;
  const [scan, rest] = fold(placement.scans[scanId] ?? { verdict, started: 0, missing: 0 }, placement);
  return {
    ...emitted,
    placements: { ...emitted.placements, [key]: { ...rest, scans: { ...placement.scans, [scanId]: scan } } },
  };
};

export const evolveEmitted = (emitted: Emitted, event: EventFor<'sandbox-runner', 'produces'>): Emitted => {
  switch (event.topic) {
    case 'scan.started':
      return withScan(emitted, event, (scan, placement) => [
        { ...scan, started: Math.max(scan.started, event.data.attempt) },
        placement,
      ]);
    case 'scan.completed': {
      const answered = withScan(emitted, event, (scan, placement) => {
        const completed = withCompletion(scan, event.data);
        return [completed, withAnswer(placement, completed, event.data)];
      });
      return withPages(answered, event);
    }
    case 'scan.reassessed':
      return withPages(emitted, event);
    default:
      return unexpected(event);
  }
};

const withCompletion = (
  { verdict, started, outcome: before, missing }: EmittedScan,
  { page, pages, outcome, trying, reason, database }: ScanCompleted,
): EmittedScan => {
  const ended = {
    ...(trying ? { trying } : {}),
    ...(outcome === 'succeeded' ? {} : { failedWith: database.digest }),
    ...(reason === noJavaDatabase ? { lacksJava: true as const } : {}),
  };
  if (page === 1) return { verdict, started, outcome, missing: pages - 1, ...ended };
  return {
    verdict,
    started,
    ...(before === undefined ? {} : { outcome: before }),
    missing: missing === pages - page + 1 ? pages - page : missing,
  };
};

/**
 * The placement with an answer, once all of its pages are there. A scanned image was pulled, which is a proof. A joined
 * one names its proof, unless there is one already. A rescan that fails leaves the result before it in force.
 */
const withAnswer = (
  { scans: _scans, ...placement }: EmittedPlacement,
  { missing }: EmittedScan,
  { verdict, kind, outcome, trying, joinedScanId, shown, subscriptionId }: ScanCompleted,
): Omit<EmittedPlacement, 'scans'> => {
  const isFinal = outcome !== 'timed-out' && !trying;
  const isNext = verdict - placement.answered <= 1;
  const hasResult = outcome === 'succeeded' || (kind === 'rescan' && isNext && placement.hasResult);
  const isProved = outcome === 'succeeded' && (joinedScanId === undefined || shown !== undefined);
  return {
    ...placement,
    ...(isProved ? { owner: subscriptionId.toLowerCase() } : {}),
    ...(missing === 0 && verdict >= placement.answered ? { answered: verdict, hasResult } : {}),
    ...(missing === 0 && isFinal && verdict > placement.settled ? { settled: verdict } : {}),
  };
};

const isResult = (data: AssayEvent<'scan.completed' | 'scan.reassessed'>['data']): data is NumberedPage =>
  data.content !== 'none' && data.result !== undefined && data.set !== undefined;

/** True for an event that an operator dropped at the classifier: what rests on it cannot be known there. */
export const isDroppedResult = (event: AnyEvent): boolean => {
  const dropped = droppedIn(event);
  return dropped?.app === 'classifier' && dropped.topic === 'scan.completed';
};

/** True if both are pages of one event. */
const isSameEvent = (one: NumberedPage | undefined, other: NumberedPage): boolean =>
  one?.result === other.result && one.startedAt === other.startedAt && one.set.sum === other.set.sum;

/** Keeps a result once all of its pages are there. Until then, the one before it stands. */
const withPages = (
  before: Emitted,
  { id, data, traceparent, sequence }: AssayEvent<'scan.completed'> | AssayEvent<'scan.reassessed'>,
): Emitted => {
  const { result } = data;
  if (result === undefined) return before;
  const emitted = { ...before, last: sequence };
  if (!isResult(data)) return withGiven(emitted, { result, database: data.database });
  const { pending: unfinished, ...rest } = emitted;
  const pending = withPage<NumberedPage>(isSameEvent(unfinished?.pages[0], data) ? unfinished : undefined, {
    ...data,
    event: id,
  });
  if (!isComplete(pending)) return { ...rest, pending };
  const standing = resultOf(emitted.standing, pending.pages, traceparent);
  if (!standing) return withLost(rest, result);
  const { standing: _standing, lost: _lost, ...others } = rest;
  return { ...others, standing };
};

/** The state after an event names a result whose set is not known. Its number and those before it are used up. */
const withLost = ({ standing, lost = 0, ...emitted }: Emitted, result: number): Emitted => ({
  ...emitted,
  lost: Math.max(result, standing?.result ?? 0, lost),
});

/**
 * Keeps the database with which a joined approval was answered: the standing result was assessed with it by then. If
 * another result was joined, the log lost that.
 */
const withGiven = (
  emitted: Emitted,
  { result, database }: { readonly result: number; readonly database: Database },
): Emitted => {
  if (emitted.standing?.result !== result) return withLost(emitted, result);
  const { givenWith: _before, ...standing } = emitted.standing;
  const isOther = database.digest !== standing.database.digest;
  return { ...emitted, standing: isOther ? { ...standing, givenWith: database } : standing };
};

/** The set of an event. Sums of own events are trusted: hashing would take most of the time of a restore. */
const setIn = (
  standing: StandingResult | undefined,
  { content, result, removed = [] }: NumberedPage,
  findings: readonly Finding[],
): readonly Finding[] | undefined => {
  if (content === 'set') return canonical(findings);
  return standing?.result === result - 1 ? applied(standing.findings, { findings, removed, ruled: [] }) : undefined;
};

const resultOf = (
  standing: StandingResult | undefined,
  pages: readonly NumberedPage[],
  trace: string | undefined,
): StandingResult | undefined => {
  const first = at(pages, 0);
  const isWhole = first.content === 'set';
  const findings = setIn(
    standing,
    first,
    pages.flatMap((page) => page.findings),
  );
  if (!findings) return undefined;
  const traceparent = 'scanId' in first ? trace : standing?.traceparent;
  const events = pages.flatMap(({ event }) => event ?? []);
  return {
    ...scanFactsOf(first),
    result: first.result,
    scanId: 'scanId' in first ? first.scanId : (standing?.scanId ?? ''),
    ...(traceparent ? { traceparent } : {}),
    set: first.set,
    layers: isWhole ? (first.layers ?? []) : (standing?.layers ?? []),
    changes: isWhole ? 0 : (standing?.changes ?? 0) + 1,
    findings,
    events: isWhole ? events : [...(standing?.events ?? []), ...events],
  };
};

export const noConfig: Config = { registries: ImmutableMap(), recalled: [], orders: {}, dropped: {} };

/** @param offset of the event in its topic. It orders announcements. */
export const evolveConfig = (config: Config, event: EventFor<'sandbox-runner', 'config'>, offset: number): Config => {
  switch (event.topic) {
    case 'registry.observed': {
      const { registryId, loginServer, plainHttp, allowAddresses, access, discovery, removed } = event.data;
      return {
        ...config,
        registries: config.registries.set(registryId.toLowerCase(), {
          registryId,
          loginServer,
          plainHttp,
          allowAddresses,
          ...(access ? { access } : {}),
          ...(discovery === undefined ? {} : { discovery }),
          ...(removed ? { removed } : {}),
        }),
      };
    }
    case 'operator.acted': {
      const dropped = isDroppedResult(event) ? droppedIn(event) : undefined;
      if (dropped) return { ...config, dropped: { ...config.dropped, [dropped.id]: causeOf(event) } };
      const digest = recalledIn(event);
      return digest === undefined || config.recalled.includes(digest)
        ? config
        : { ...config, recalled: [...config.recalled, digest] };
    }
    case 'advisories.updated': {
      const { scanner, database, dataref, bytes } = event.data;
      const before = config.announcement?.scanner === scanner ? config.announcement : undefined;
      const lists = event.data.lists ?? config.announcement?.lists;
      const program = event.data.program ?? before?.program;
      const java = event.data.java ?? before?.java;
      return {
        ...config,
        announcement: {
          scanner,
          database,
          ...(program ? { program } : {}),
          ...(lists === undefined ? {} : { lists }),
          ...(dataref === undefined ? {} : { dataref }),
          ...(bytes === undefined ? {} : { bytes }),
          ...(java ? { java } : {}),
          announced: offset,
          cause: causeOf(event),
        },
        orders: { ...config.orders, [database.digest]: offset },
      };
    }
    default:
      return unexpected(event);
  }
};
