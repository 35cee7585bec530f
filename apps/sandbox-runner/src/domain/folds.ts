import {
  at,
  causeOf,
  isComplete,
  placementKey,
  recalledIn,
  scanFactsOf,
  unexpected,
  withPage,
  type AssayEvent,
  type ScanCompleted,
  type EventFor,
} from '@assay/events';
import type { Config, GoodResult, Received, ReceivedPlacement, Emitted, EmittedScan } from './state.ts';

const nothingReceived: ReceivedPlacement = { approvals: {}, declined: 0 };

export const evolveReceived = ({ placements }: Received, event: EventFor<'sandbox-runner'>): Received => {
  switch (event.topic) {
    case 'scan.approved': {
      const key = placementKey(event.data);
      const placement = placements[key] ?? nothingReceived;
      return {
        placements: {
          ...placements,
          [key]: {
            ...placement,
            approvals: { ...placement.approvals, [event.data.scanId]: { data: event.data, cause: causeOf(event) } },
          },
        },
      };
    }
    case 'scan.declined': {
      const key = placementKey(event.data);
      const placement = placements[key] ?? nothingReceived;
      return {
        placements: {
          ...placements,
          [key]: { ...placement, declined: Math.max(placement.declined, event.data.verdict) },
        },
      };
    }
    default:
      return unexpected(event);
  }
};

const nothingEmitted: EmittedScan = { started: 0, missing: 0 };

export const evolveEmitted = (emitted: Emitted, event: EventFor<'sandbox-runner', 'produces'>): Emitted => {
  switch (event.topic) {
    case 'scan.started': {
      const { scanId, attempt } = event.data;
      const scan = emitted.scans[scanId] ?? nothingEmitted;
      return {
        ...emitted,
        scans: { ...emitted.scans, [scanId]: { ...scan, started: Math.max(scan.started, attempt) } },
      };
    }
    case 'scan.completed':
      return withProof(
        withResult(
          {
            ...emitted,
            scans: {
              ...emitted.scans,
              [event.data.scanId]: withCompletion(emitted.scans[event.data.scanId] ?? nothingEmitted, event.data),
            },
          },
          event,
        ),
        event.data,
      );
    default:
      return unexpected(event);
  }
};

const withCompletion = (
  { trying: _before, ...scan }: EmittedScan,
  { page, pages, outcome, trying: goesOn }: ScanCompleted,
): EmittedScan =>
  page === 1
    ? { ...scan, outcome, missing: pages - 1, ...(goesOn ? { trying: true } : {}) }
    : { ...scan, missing: scan.missing === pages - page + 1 ? pages - page : scan.missing };

/**
 * A scanned image was pulled, which is a proof. A joined one names its proof; one that an older version joined had
 * none.
 */
const withProof = (emitted: Emitted, data: ScanCompleted): Emitted => {
  if (data.outcome !== 'succeeded' || (data.joinedScanId !== undefined && data.shown === undefined)) return emitted;
  const [place, owner] = [placementKey(data), data.subscriptionId.toLowerCase()];
  return emitted.shown?.[place] === owner ? emitted : { ...emitted, shown: { ...emitted.shown, [place]: owner } };
};

/** Keeps the result of a scan that was run; joined completions repeat it. */
const withResult = (emitted: Emitted, { data, traceparent }: AssayEvent<'scan.completed'>): Emitted => {
  if (data.outcome !== 'succeeded' || data.joinedScanId !== undefined || data.unchanged) return emitted;
  const pending = withPage(emitted.pending?.pages[0]?.scanId === data.scanId ? emitted.pending : undefined, data);
  const { pending: _pending, ...rest } = emitted;
  return isComplete(pending) ? { ...rest, good: resultOf(pending.pages, traceparent) } : { ...rest, pending };
};

const resultOf = (pages: readonly ScanCompleted[], traceparent: string | undefined): GoodResult => {
  const first = at(pages, 0);
  return {
    scanId: first.scanId,
    ...scanFactsOf(first),
    ...(traceparent ? { traceparent } : {}),
    findings: pages.flatMap(({ findings }) => findings),
    packages: pages.flatMap(({ packages }) => packages),
  };
};

export const noConfig: Config = { registries: {}, recalled: [] };

export const evolveConfig = (config: Config, event: EventFor<'sandbox-runner', 'config'>): Config => {
  switch (event.topic) {
    case 'registry.observed': {
      const { registryId, loginServer, plainHttp, allowAddresses, access } = event.data;
      return {
        ...config,
        registries: {
          ...config.registries,
          [registryId.toLowerCase()]: {
            registryId,
            loginServer,
            plainHttp,
            allowAddresses,
            ...(access ? { access } : {}),
          },
        },
      };
    }
    case 'operator.acted': {
      const digest = recalledIn(event);
      return digest === undefined || config.recalled.includes(digest)
        ? config
        : { ...config, recalled: [...config.recalled, digest] };
    }
    // A scan uses the database that its runner has installed, whichever is announced.
    case 'advisories.updated':
      return config;
    default:
      return unexpected(event);
  }
};
