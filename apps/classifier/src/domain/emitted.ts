import {
  applied,
  canonical,
  derivedId,
  placementKey,
  type AssayEvent,
  type ClassifiedFinding,
  type EventFor,
  type FindingClassified,
} from '@assay/events';
import { sightingKey } from './findings.ts';
import type { Emitted, EmittedHead, EmittedPlacement, PendingClassification, Sighting } from './state.ts';

/** A sighting is kept so long after the finding left, in event times. */
export const sightingKeptMs = 90 * 24 * 60 * 60_000;

export const evolveEmitted = (emitted: Emitted, event: EventFor<'classifier', 'produces'>): Emitted => {
  const key = placementKey(event.data);
  return { ...emitted, [key]: withPage(emitted[key] ?? nothingYet, event) };
};

const nothingYet: EmittedPlacement = { findings: [], layers: '', changes: 0, gone: [], at: '' };

const withPage = (
  { pending, ...before }: EmittedPlacement,
  { id, data, time, sequence }: AssayEvent<'finding.classified'>,
): EmittedPlacement => {
  const { verdict, classification, page, pages, content, findings } = data;
  const at = before.at > time ? before.at : time;
  const isSame = pending?.verdict === verdict && pending.classification === classification;
  const continued = isSame && page > 1 ? pending : undefined;
  const kept = continued ? before : { ...before, gone: withSightingsOf(pending, before, at) };
  const lists = [...(continued?.lists ?? []), findings];
  const isBroken = continued?.broken || page !== lists.length;
  const whole = !isBroken && page === pages ? setAfter(kept, data, lists.flat()) : undefined;
  const first = continued?.id ?? id;
  if (whole === undefined)
    return {
      ...kept,
      at,
      pending: { id: first, verdict, classification, lists, ...(isBroken || page === pages ? { broken: true } : {}) },
    };
  return {
    last: { ...headOf(first, data), ...(sequence === undefined ? {} : { sequence }) },
    findings: whole,
    layers: content === 'set' ? layersKey(data.layers) : kept.layers,
    changes: content === 'set' ? 0 : kept.changes + 1,
    gone: goneAfter(kept, whole, at),
    at,
  };
};

const headOf = (
  id: string,
  { verdict, classification, scanId, status, reason, basis, cause, system, result, database }: FindingClassified,
): EmittedHead => ({
  id,
  verdict,
  classification,
  scanId,
  status,
  ...(reason ? { reason } : {}),
  basis,
  cause,
  ...(system ? { system } : {}),
  ...(result === undefined ? {} : { result }),
  database: database.digest,
});

/** The set after a classification with all its pages. Nothing, if it changes another set than the last one. */
const setAfter = (
  { last, findings }: EmittedPlacement,
  { content, base, removed = [], ruled = [] }: FindingClassified,
  listed: readonly ClassifiedFinding[],
): readonly ClassifiedFinding[] | undefined => {
  if (content === 'set') return canonical(listed);
  if (content === 'none' || base === undefined || base.id !== last?.id) return undefined;
  return applied(findings, { findings: listed, removed, ruled });
};

/** Names a list of layers. */
export const layersKey = (layers: readonly string[] = []): string =>
  layers.length === 0 ? '' : derivedId('layers', ...layers);

const goneAt = (
  { vulnerability, package: name, installedVersion, firstSeenAt }: ClassifiedFinding,
  at: string,
): Sighting => ({ vulnerability, package: name, installedVersion, firstSeenAt, goneAt: at });

/** Sightings of what is gone, with those of a classification that was cut off: its findings may have been read. */
const withSightingsOf = (
  pending: PendingClassification | undefined,
  { findings, gone }: EmittedPlacement,
  at: string,
): readonly Sighting[] => {
  if (pending === undefined) return gone;
  const known = new Set([...findings, ...gone].map(sightingKey));
  const lent = pending.lists.flat().filter((finding) => !known.has(sightingKey(finding)));
  return [...gone, ...lent.map((finding) => goneAt(finding, at))];
};

/** Sightings of what is gone after a whole classification. */
const goneAfter = (
  { findings, gone }: EmittedPlacement,
  after: readonly ClassifiedFinding[],
  at: string,
): readonly Sighting[] => {
  const present = new Set(after.map(sightingKey));
  const since = Date.parse(at) - sightingKeptMs;
  return [...gone, ...findings.map((finding) => goneAt(finding, at))].filter(
    (sighting) => !present.has(sightingKey(sighting)) && Date.parse(sighting.goneAt) > since,
  );
};

/** When a finding was first seen, by its `sightingKey`. Includes the pages of a classification that was cut off. */
export const sightings = ({ findings, gone, pending }: EmittedPlacement): ReadonlyMap<string, string> =>
  new Map(
    [...(pending?.lists.flat() ?? []), ...gone, ...findings].map((each) => [sightingKey(each), each.firstSeenAt]),
  );
