import { isShutOff, present, type RegistryObserved } from '@assay/events';
import { causeOf, type AzureStatus } from '@assay/read-model/placement/azure';
import type { RunQuery } from '@assay/read-model/store/duckdb';
import { isHalted } from '@assay/read-model/placement/halted-digests';

export interface ImageCounts {
  readonly unhealthy: number;
  readonly undetermined: number;
  readonly healthy: number;
  readonly notApplicable: number;
  /** Images without a recommendation yet. */
  readonly waiting: number;
}

/** The recommendation for a registry. */
export interface RegistryAssessment {
  readonly registryKey: string;
  readonly registryId: string;
  readonly status: AzureStatus;
  readonly counts: ImageCounts;
  readonly firstEvaluationDate: string | undefined;
  /** When `code` last changed to its present value. */
  readonly statusChangeDate: string | undefined;
}

/** An assessment without its dates. */
export interface UndatedAssessment extends Omit<RegistryAssessment, 'firstEvaluationDate' | 'statusChangeDate'> {
  /** When the first image was assessed, by the latest recommendation of each image. */
  readonly firstMs: number | null;
}

interface Row {
  registry_key: string;
  registry_id: string;
  unhealthy: number;
  undetermined: number;
  healthy: number;
  exempted: number;
  exemptions: number;
  not_applicable: number;
  waiting: number;
  first_ms: number | null;
  data: string | null;
  is_on: boolean;
  removed: boolean;
}

/**
 * Registries in the order of their ids, with counts by the latest recommendation of each image. An index has no status
 * of its own. Images that wait for their first recommendation are only counted.
 */
const counted = `with counts as (
  select registry_key, any_value(registry_id) as registry_id, any_value(subscription_id) as subscription_id,
    count(*) filter (head_status = 'unhealthy') as unhealthy,
    count(*) filter (head_status = 'undetermined'
      or (head_status = 'healthy' and (database_built_ms < $staleBefore or halted))) as undetermined,
    count(*) filter (is_healthy) as healthy, count(*) filter (is_healthy and exempt > 0) as exempted,
    sum(exempt) filter (is_healthy) as exemptions,
    count(*) filter (head_status = 'not-applicable') as not_applicable,
    count(*) filter (head_status is null) as waiting,
    min(head_ms) filter (head_status in ('healthy', 'unhealthy')) as first_ms
  from (
    select *,
      head_status = 'healthy' and coalesce(database_built_ms >= $staleBefore, true) and not halted as is_healthy
    from (select *, ${isHalted('digest')} as halted from images)) images
  where not deleted and coalesce(kind, '') <> 'index' and starts_with(registry_key, $prefix)
  group by registry_key),
switches as (select subscription_id, bool_or(scans) as is_on from plans group by subscription_id)
select coalesce(r.registry_key, c.registry_key) as registry_key, coalesce(r.registry_id, c.registry_id) as registry_id,
  r.data,
  coalesce(c.unhealthy, 0)::integer as unhealthy, coalesce(c.undetermined, 0)::integer as undetermined,
  coalesce(c.healthy, 0)::integer as healthy,
  coalesce(c.exempted, 0)::integer as exempted, coalesce(c.exemptions, 0)::integer as exemptions,
  coalesce(c.not_applicable, 0)::integer as not_applicable, coalesce(c.waiting, 0)::integer as waiting,
  c.first_ms::double as first_ms,
  coalesce(s.is_on, false) as is_on, coalesce(r.removed, false) as removed
from (select * from registries where starts_with(registry_key, $prefix)) r
full join counts c on c.registry_key = r.registry_key
left join switches s on s.subscription_id = coalesce(r.subscription_id, c.subscription_id)
order by 1`;

/**
 * When each registry first got a code, and when the code last changed. Computed from the status intervals of its
 * images, by event time.
 */
const intervals = `with said as (
    select registry_key, image, verdict, classification, any_value(status) as status, any_value(reason) as reason,
      any_value(exempt) as exempt, min(since_ms) as since_ms
    from changes where not lapse and registry_key in (select unnest(from_json($keys, '["varchar"]'))) group by all),
  ordered as (
    select registry_key, status, exempt, max(since_ms) over of_image as t, lag(status) over of_image as previous,
      lag(exempt) over of_image as exempt_before
    from said window of_image as (partition by registry_key, image order by verdict, classification)),
  deltas as (
    select registry_key, t,
      sum((status = 'unhealthy')::integer - coalesce((previous = 'unhealthy')::integer, 0)) as unhealthy,
      sum((status = 'undetermined')::integer - coalesce((previous = 'undetermined')::integer, 0)) as undetermined,
      sum((status = 'healthy')::integer - coalesce((previous = 'healthy')::integer, 0)) as healthy,
      sum((status = 'healthy' and exempt > 0)::integer
        - coalesce((previous = 'healthy' and exempt_before > 0)::integer, 0)) as exempted
    from ordered group by all),
  sums as (
    select registry_key, t, sum(unhealthy) over so_far as unhealthy, sum(undetermined) over so_far as undetermined,
      sum(healthy) over so_far as healthy, sum(exempted) over so_far as exempted
    from deltas window so_far as (partition by registry_key order by t)),
  codes as (
    select registry_key, t,
      case when unhealthy > 0 then 'Unhealthy' when undetermined > 0 then 'NotApplicable'
        when healthy > exempted then 'Healthy' else 'NotApplicable' end as code
    from sums),
  turns as (select registry_key, t, code, lag(code) over (partition by registry_key order by t) as previous from codes)
select registry_key, min(t)::double as first_ms, (max(t) filter (code is distinct from previous))::double as changed_ms
from turns group by registry_key`;

const iso = (ms: number | null | undefined): string | undefined =>
  ms === null || ms === undefined ? undefined : new Date(ms).toISOString();

/**
 * Assesses the registries below a prefix, without dates. A registry without any assessed image gets no recommendation.
 */
export const undatedBelow = async (
  query: RunQuery,
  prefix: string,
  staleBefore: number,
): Promise<UndatedAssessment[]> =>
  (await query<Row>(counted, { prefix, staleBefore: BigInt(staleBefore) })).flatMap((row) => {
    const status = statusOf(row);
    return status
      ? [
          {
            registryKey: row.registry_key,
            registryId: row.registry_id,
            status,
            counts: countsOf(row),
            firstMs: row.first_ms,
          },
        ]
      : [];
  });

export const withDates = async (
  query: RunQuery,
  undated: readonly UndatedAssessment[],
): Promise<RegistryAssessment[]> => {
  const turns =
    undated.length === 0
      ? []
      : await query<{ registry_key: string; first_ms: number; changed_ms: number }>(intervals, {
          keys: JSON.stringify(undated.map(({ registryKey }) => registryKey)),
        });
  const byKey = new Map(turns.map((turn) => [turn.registry_key, turn]));
  return undated.map(({ firstMs, ...one }) => {
    const turn = byKey.get(one.registryKey);
    return {
      ...one,
      firstEvaluationDate: iso(turn?.first_ms ?? firstMs),
      statusChangeDate: iso(turn?.changed_ms ?? firstMs),
    };
  });
};

export const assessmentsBelow = async (
  query: RunQuery,
  prefix: string,
  staleBefore: number,
): Promise<RegistryAssessment[]> => withDates(query, await undatedBelow(query, prefix, staleBefore));

const countsOf = ({ unhealthy, undetermined, healthy, not_applicable: notApplicable, waiting }: Row): ImageCounts => ({
  unhealthy,
  undetermined,
  healthy,
  notApplicable,
  waiting,
});

/**
 * The first match counts. Unknown is never shown as safe: one undetermined image keeps a registry from being healthy.
 */
const statusOf = (row: Row): AzureStatus | undefined => {
  const registry = row.data === null ? undefined : (JSON.parse(row.data) as RegistryObserved);
  if (row.removed && row.unhealthy + row.undetermined + row.healthy === 0) return undefined;
  if (registry && !row.is_on)
    return {
      code: 'NotApplicable',
      cause: 'OffByPolicy',
      description: 'No plan of the subscription scans registries.',
    };
  if (row.unhealthy > 0)
    return {
      code: 'Unhealthy',
      cause: '',
      description: `${row.unhealthy} of the registry's images have something to fix.`,
    };
  if (registry && isShutOff(registry))
    return {
      code: 'NotApplicable',
      cause: causeOf('registry-not-public'),
      description: 'The registry is not reachable from the public network.',
    };
  if (registry && registry.cloud !== 'AzureCloud')
    return {
      code: 'NotApplicable',
      cause: causeOf('cloud-not-supported'),
      description: 'Registries of national clouds are not assessed.',
    };
  if (row.undetermined > 0)
    return {
      code: 'NotApplicable',
      cause: 'Undetermined',
      description: `Of ${row.undetermined} images it could not be determined whether they are healthy.`,
    };
  // These images are healthy only because rules disable their findings, so the registry is not called healthy.
  if (row.healthy > 0 && row.healthy === row.exempted)
    return { code: 'NotApplicable', cause: 'Exempt', description: exemptDescription(row) };
  if (row.healthy > 0) return { code: 'Healthy', cause: '', description: '' };
  if (row.not_applicable > 0)
    return { code: 'NotApplicable', cause: 'NotApplicable', description: 'None of the images can be assessed.' };
  return undefined;
};

const exemptDescription = ({ exempted, exemptions }: Row): string =>
  `${exempted === 1 ? 'The healthy image is' : `All ${exempted} healthy images are`} so only by rules, which ` +
  `disable ${exemptions} ${exemptions === 1 ? 'finding' : 'findings'}.`;

/** The data of an event as parsed JSON, not an instance of the class that describes it. */
type Plain<T> = { [K in keyof T]: T[K] };

export type KnownRegistry = Plain<RegistryObserved> & { readonly planOn: boolean };

/** @param removed whether registries that are not watched any more are among them */
export const registriesKnown = async (query: RunQuery, removed = false): Promise<readonly KnownRegistry[]> => {
  const rows = await query<{ data: string; subscription_id: string }>(
    'select data, subscription_id from registries where $removed or not removed order by registry_key',
    { removed },
  );
  const plans = await query<{ subscription_id: string }>('select distinct subscription_id from plans where scans');
  return rows.map(({ data, subscription_id }) => ({
    ...(JSON.parse(data) as Plain<RegistryObserved>),
    planOn: plans.some((plan) => plan.subscription_id === subscription_id),
  }));
};

/** Whether this suite knows the scope: it has a registry, an image or a plan in it. */
export const isKnown = async (
  query: RunQuery,
  prefix: string,
  subscriptionId: string | undefined,
): Promise<boolean> => {
  const [row] = await query<{ known: boolean }>(
    `select exists (select 1 from registries where not removed and starts_with(registry_key, $prefix))
    or exists (select 1 from images where starts_with(registry_key, $prefix))
    or ($subscription <> '' and exists (select 1 from plans where subscription_id = $subscription
      union all select 1 from subscriptions where subscription_id = $subscription and not removed)) as known`,
    { prefix, subscription: subscriptionId ?? '' },
  );
  return present(row, 'row of a query without tables').known;
};
