import {
  causeOf,
  isComplete,
  placementKey,
  recalledIn,
  withPage,
  type AnyEvent,
  type AssayEvent,
  type ScanCompleted,
} from '@assay/events';
import type { Config, GoodResult, Heard, HeardPlacement, Said, SaidScan } from './state.ts';

const nothingHeard: HeardPlacement = { approvals: {}, declined: 0 };

export const hear = ({ placements }: Heard, any: AnyEvent): Heard => {
  const event = any as AssayEvent;
  switch (event.topic) {
    case 'scan.approved': {
      const key = placementKey(event.data);
      const placement = placements[key] ?? nothingHeard;
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
      const placement = placements[key] ?? nothingHeard;
      return {
        placements: {
          ...placements,
          [key]: { ...placement, declined: Math.max(placement.declined, event.data.verdict) },
        },
      };
    }
    default:
      return { placements };
  }
};

const nothingSaid: SaidScan = { started: 0, missing: 0 };

export const say = (said: Said, any: AnyEvent): Said => {
  const event = any as AssayEvent;
  switch (event.topic) {
    case 'scan.started': {
      const { scanId, attempt } = event.data;
      const scan = said.scans[scanId] ?? nothingSaid;
      return { ...said, scans: { ...said.scans, [scanId]: { ...scan, started: Math.max(scan.started, attempt) } } };
    }
    case 'scan.completed':
      return withProof(
        withResult(
          {
            ...said,
            scans: {
              ...said.scans,
              [event.data.scanId]: withCompletion(said.scans[event.data.scanId] ?? nothingSaid, event.data),
            },
          },
          event,
        ),
        event.data,
      );
    default:
      return said;
  }
};

const withCompletion = (
  { trying: _before, ...scan }: SaidScan,
  { page, pages, outcome, trying: goesOn }: ScanCompleted,
): SaidScan =>
  page === 1
    ? { ...scan, outcome, missing: pages - 1, ...(goesOn ? { trying: true } : {}) }
    : { ...scan, missing: scan.missing === pages - page + 1 ? pages - page : scan.missing };

/** Who was scanned was pulled; who joined says how it was shown. What an older program joined was not shown by anything. */
const withProof = (said: Said, data: ScanCompleted): Said => {
  if (data.outcome !== 'succeeded' || (data.joinedScanId !== undefined && data.shown === undefined)) return said;
  const [place, owner] = [placementKey(data), data.subscriptionId.toLowerCase()];
  return said.shown?.[place] === owner ? said : { ...said, shown: { ...said.shown, [place]: owner } };
};

/** Keeps the result of a scan that was run for it; what joined it says the same again. */
const withResult = (said: Said, { data, traceparent }: AssayEvent<'scan.completed'>): Said => {
  if (data.outcome !== 'succeeded' || data.joinedScanId !== undefined || data.unchanged) return said;
  const pending = withPage(said.pending?.pages[0]?.scanId === data.scanId ? said.pending : undefined, data);
  const { pending: _pending, ...rest } = said;
  return isComplete(pending) ? { ...rest, good: resultOf(pending.pages, traceparent) } : { ...rest, pending };
};

const resultOf = (pages: readonly ScanCompleted[], traceparent: string | undefined): GoodResult => {
  const { scanId, startedAt, scannerMs, pullMs, scanner, database, driver, os, report } = pages[0]!;
  return {
    scanId,
    startedAt,
    scannerMs,
    pullMs,
    scanner,
    database,
    driver,
    ...(os ? { os } : {}),
    ...(report ? { report } : {}),
    ...(traceparent ? { traceparent } : {}),
    findings: pages.flatMap(({ findings }) => findings),
    packages: pages.flatMap(({ packages }) => packages),
  };
};

export const noConfig: Config = { registries: {}, recalled: [] };

export const follow = (config: Config, any: AnyEvent): Config => {
  const event = any as AssayEvent;
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
    default:
      return config;
  }
};
