import { accessSettings, publicBaseSettings, rateSettings, subscriptionsSetting } from '@assay/http';
import { declaredSealKeys } from '@assay/seals';
import {
  declaredAccess,
  declaredSigningKey,
  declaredSnapshots,
  derived,
  group,
  optionalNumber,
  setting,
  SettingError,
  text,
  wholeNumber,
  type Settings,
} from '@assay/settings';
import { untaggedDays } from './domain/decider.ts';
import { LaneLimits } from './http/lane-limits.ts';
import { GraphSettings } from './http/resource-graph/settings.ts';
import { addressesIn } from './http/services/peers.ts';
import { AssessmentSettings, managementGroupsIn, shapesIn } from './http/assessments/settings.ts';
import { dashboardsIn, tracesIn } from './http/portal/links.ts';
import { PortalSettings } from './http/portal/settings.ts';
import { leastMegabytes, readModelShare, type ReadModelShare } from '@assay/read-model/store/memory';

const [findings, queries] = ['Show findings to Azure clients', 'Answer queries'] as const;

const { limitMs, quota, quotaWindowMs, mostBytes, memoryMb } = new GraphSettings();
const { pageMs, walkMs } = new LaneLimits();
const { displayNames, shapes, managementGroups } = new AssessmentSettings();

const mostMinutes = 10;
/** A terabyte is a typing mistake. */
const memory = { max: 1 << 20, min: leastMegabytes };

/** The assessment that an installation shows. */
export const assessmentSettings: Settings<AssessmentSettings> = derived(
  group({
    shapes: setting(
      'ASSAY_ASSESSMENT_SHAPES',
      {
        task: findings,
        summary:
          'Shape in which findings are shown: `classic` (2020), `mdvm` (2023) or `both`. It holds for all ' +
          'subscriptions, or as JSON for each ([API](api.md)).',
        default: '`classic`',
      },
      (given) => (given === undefined ? shapes : shapesIn(given)),
    ),
    classic: setting(
      'ASSAY_ASSESSMENT_DISPLAY_NAME',
      { task: findings, summary: 'Name of the recommendation in the shape of 2020.', default: "Azure's name" },
      (given = displayNames.classic) => given,
    ),
    mdvm: setting(
      'ASSAY_ASSESSMENT_DISPLAY_NAME_MDVM',
      { task: findings, summary: 'Name of the recommendation in the shape of 2023.', default: "Azure's name" },
      (given = displayNames.mdvm) => given,
    ),
    managementGroups: setting(
      'ASSAY_MANAGEMENT_GROUPS',
      {
        task: findings,
        summary: 'Subscriptions of management groups: JSON `{"<name>":["<subscription id>"]}`.',
        default: 'each group has all subscriptions',
      },
      (given) => (given === undefined ? managementGroups : managementGroupsIn(given)),
    ),
    subscriptions: subscriptionsSetting,
  }),
  ({ classic, mdvm, ...given }) => new AssessmentSettings({ ...given, displayNames: { classic, mdvm } }),
);

/** The limits of queries. */
export const graphSettings: Settings<GraphSettings> = derived(
  group({
    limitMs: wholeNumber('ASSAY_QUERY_MS', limitMs, {
      task: queries,
      summary: 'Milliseconds that a query of Resource Graph may take.',
      max: mostMinutes * 60_000,
    }),
    quota: wholeNumber('ASSAY_QUERY_QUOTA', quota, {
      task: queries,
      summary: 'Queries of Resource Graph that a user may send within `ASSAY_QUERY_QUOTA_SECONDS`.',
      max: 1_000_000,
    }),
    quotaSeconds: wholeNumber('ASSAY_QUERY_QUOTA_SECONDS', quotaWindowMs / 1000, {
      task: queries,
      summary: 'Seconds in which these queries are counted.',
      max: 3600,
    }),
    mostBytes: wholeNumber('ASSAY_QUERY_BYTES', mostBytes, {
      task: queries,
      summary: 'Largest answer of Resource Graph, in bytes.',
      max: 256 << 20,
    }),
    memoryMb: wholeNumber('ASSAY_QUERY_MB', memoryMb, {
      task: queries,
      summary: 'Memory for such queries, in MB. They have a process of their own.',
      ...memory,
    }),
  }),
  ({ quotaSeconds, ...given }) => new GraphSettings({ ...given, quotaWindowMs: quotaSeconds * 1000 }),
);

/** The limits of the lanes in which routes read. */
const laneLimits: Settings<LaneLimits> = derived(
  group({
    pageMs: wholeNumber('ASSAY_PAGE_MS', pageMs, {
      task: queries,
      summary: 'Milliseconds that a statement of a page of a list may take.',
      max: mostMinutes * 60_000,
    }),
    walkMs: wholeNumber('ASSAY_WALK_MS', walkMs, {
      task: queries,
      summary: 'Milliseconds that an answer from whole tables may take. A file may take three times that.',
      max: mostMinutes * 60_000,
    }),
  }),
  (given) => new LaneLimits({ ...given, fileMs: 3 * given.walkMs }),
);

/** The read model's own memory limit. */
export const viewMemory: Settings<ReadModelShare> = derived(
  optionalNumber('ASSAY_VIEW_MB', {
    task: queries,
    summary: 'Memory of the read model, in MB.',
    default: 'a fifth of the memory that the process may use (its control group, else the machine), at most `4096`',
    ...memory,
  }),
  (given) => readModelShare(given),
);

/** How snapshots of the read model are signed, and how often one is taken. */
export interface SnapshotSettings {
  /** Signs and verifies snapshots. */
  readonly key: string;
  readonly everyMs: number;
  readonly everyRecords: number;
}

const leastKey = 32;

/** Snapshots of the read model; undefined if they are switched off. */
export const snapshotSettings: Settings<SnapshotSettings | undefined> = derived(
  group({
    store: declaredSnapshots,
    key: text('ASSAY_SNAPSHOTS_KEY', {
      task: 'Keep reports and exports',
      summary:
        `Key that signs snapshots, at least ${leastKey} characters, the same for all replicas. It is a secret of ` +
        'recommendation alone: who has it can answer for the gate. `ASSAY_SNAPSHOTS` requires it.',
    }),
    hours: wholeNumber('ASSAY_SNAPSHOTS_HOURS', 6, {
      task: 'Keep reports and exports',
      summary: 'Hours after which the next snapshot is taken, if anything was read since.',
      max: 24 * 366,
    }),
    records: wholeNumber('ASSAY_SNAPSHOTS_RECORDS', 1_000_000, {
      task: 'Keep reports and exports',
      summary: 'Records of the log after which the next snapshot is taken, before its hours are over.',
      max: 1e12,
    }),
  }),
  ({ store: { place }, key, hours, records }) => {
    if (place === undefined) {
      if (key === undefined) return undefined;
      throw new SettingError(
        'ASSAY_SNAPSHOTS_KEY is set without ASSAY_SNAPSHOTS: name the place of the snapshots, too',
      );
    }
    if (key === undefined || key.length < leastKey)
      throw new SettingError(
        `ASSAY_SNAPSHOTS_KEY must have at least ${leastKey} characters, for ASSAY_SNAPSHOTS is set: ` +
          '`openssl rand -base64 32` makes one',
      );
    return { key, everyMs: hours * 3_600_000, everyRecords: records };
  },
);

/** How users of the portal sign in, at the first trusted issuer, and the tools that it links to. */
const portalSettings: Settings<PortalSettings> = derived(
  group({
    access: declaredAccess,
    clientId: text('ASSAY_PORTAL_CLIENT_ID', {
      task: 'Control access to the API',
      summary:
        'Id of the portal at the first issuer of `ASSAY_OIDC_ISSUER`, a public client with the redirect URI ' +
        '`https://<host>/portal/` ([portal](access.md#the-portal)).',
      production: 'Without it, the portal takes a token only.',
    }),
    scope: text('ASSAY_PORTAL_SCOPE', {
      task: 'Control access to the API',
      summary: 'Scopes that the portal asks for, with spaces between.',
      default: '`openid`',
    }),
    dashboards: setting(
      'ASSAY_DASHBOARDS_URL',
      {
        task: 'Serve the API',
        summary:
          'Address of the dashboards of your metrics, such as `https://grafana.example.com/d/assay`. The page ' +
          'Operations of the portal links to it.',
        default: 'no link',
      },
      dashboardsIn,
    ),
    traces: setting(
      'ASSAY_TRACES_URL',
      {
        task: 'Serve the API',
        summary:
          'Address of a trace in your viewer, with `{traceId}` in the place of its id: ' +
          '`https://jaeger.example.com/trace/{traceId}`. The portal links the traces of an image to it.',
        default: 'no link',
      },
      tracesIn,
    ),
  }),
  ({ access: { issuers }, clientId, scope, dashboards, traces }) => {
    const [issuer] = issuers;
    if (clientId !== undefined && issuer === undefined)
      throw new SettingError('ASSAY_PORTAL_CLIENT_ID has no effect without ASSAY_OIDC_ISSUER: set both or neither');
    const links = { ...(dashboards === undefined ? {} : { dashboards }), ...(traces === undefined ? {} : { traces }) };
    return new PortalSettings({ issuer, clientId, links, ...(scope === undefined ? {} : { scope }) });
  },
);

export const recommendationSettings = group({
  untaggedDays: wholeNumber('ASSAY_UNTAGGED_DAYS', untaggedDays, {
    task: findings,
    summary:
      'Days after which an open recommendation on an image that lost its tags is closed. 0: never, as Azure has it.',
    min: 0,
    max: 366,
  }),
  caller: accessSettings,
  rate: rateSettings,
  publicBase: publicBaseSettings,
  signingKey: declaredSigningKey,
  services: setting(
    'ASSAY_SERVICES',
    {
      task: 'Serve the API',
      summary:
        'Addresses of all services, which recommendation asks for their health: ' +
        '`classifier=http://classifier:8080,billing=http://billing:8080`. A service with several addresses is ' +
        'named once for each ([health](operations.md#how-the-services-stand)).',
      by: ['recommendation'],
      production: 'Without it, `assay doctor` does not know how the other services are.',
    },
    addressesIn,
  ),
  portal: portalSettings,
  assessment: assessmentSettings,
  graph: graphSettings,
  lanes: laneLimits,
  viewMemory,
  snapshots: snapshotSettings,
  sealKeys: declaredSealKeys,
});
