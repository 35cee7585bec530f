import { json, paged, schema, type Description } from '@assay/http';
import {
  AdvisoryRemoval,
  ClassifiedFinding,
  Database,
  lanes,
  modes,
  OperatingSystem,
  PackageInventory,
  Rating,
  RegistryObserved,
  Scanner,
  severities,
} from '@assay/events';
import {
  advisoriesAt,
  bySeverity,
  digest,
  doubts,
  evidence,
  ofDigest,
  prefer,
  preferenceApplied,
  statuses,
  where,
} from '../described.ts';
import { describedTop, listQuery, totalled, varying } from '../list-query.ts';
import { findingSorts } from './image-findings.ts';
import { imageSorts } from './image-list.ts';
import { shownStatuses } from '@assay/read-model/placement/status';
import { imagesAsked } from './image-query.ts';
import { parkedEvent, parkedHint } from '../parked-events/parked.openapi.ts';

const { classed, count, flag, link, list, named, oneOf, record, text, texts, time } = schema;

const verdict = named(
  'Verdict',
  {
    verdict: count,
    approved: flag,
    'kind?': oneOf('scan', 'rescan'),
    'lane?': oneOf(...lanes),
    'mode?': oneOf(...modes),
    'platform?': text,
    'deadline?': time,
    'reason?': text,
    'message?': text,
  },
  'Whether the image is scanned; if not, the reason.',
);

const child = named(
  'ListedImage',
  {
    digest,
    kind: text,
    'os?': text,
    'architecture?': text,
    'variant?': text,
    status: statuses,
    'reason?': text,
    'leftOut?': text,
    'unclear?': text,
    'deleted?': flag,
    'bySeverity?': bySeverity,
    'fixable?': count,
    'exempt?': count,
  },
  'A manifest that an index lists. `leftOut` is the reason why the status of the index does not depend on it, and ' +
    '`unclear` the reason why it may be another thing than it seems.',
);

const shownSet = named(
  'FindingSet',
  { id: text, verdict: count, classification: count, count, sum: text },
  'The findings that are shown, as `finding.classified` names a set: the id of its first page, its number, count and ' +
    'sum. A consumer of the events that lost its own set reads the findings, and goes on with the changes on this set.',
);

const untagged = named(
  'Untagged',
  { since: time, lost: list(record({ tag: text, 'digest?': digest })) },
  'The image had a tag and has none: since when, and the last tags that it lost, with what they name now.',
);

export const running = list(
  named(
    'RunningIn',
    { cluster: text, 'namespaces?': texts, since: time, seenAt: time, 'silent?': flag },
    'A cluster in which an image runs: since when, and the last report that had it. `silent`: the cluster has not ' +
      'reported for two days, so the image may run there or not.',
  ),
);

const image = named(
  'Image',
  {
    subscriptionId: text,
    registryId: text,
    loginServer: text,
    repository: text,
    digest,
    tags: texts,
    'untagged?': untagged,
    'kind?': text,
    'os?': text,
    'architecture?': text,
    listedIn: list(digest),
    status: statuses,
    'reason?': text,
    'doubts?': doubts,
    'advisoriesAt?': advisoriesAt,
    'since?': time,
    deleted: flag,
    'running?': running,
    'bySeverity?': bySeverity,
    'fixable?': count,
    'exempt?': count,
    'findings?': count,
    'pushId?': text,
    'pushedAt?': time,
    'receivedAt?': time,
    'verdict?': verdict,
    'scanner?': classed(Scanner),
    'database?': classed(Database),
    'demonstrationDatabase?': flag,
    'driver?': text,
    'operatingSystem?': classed(OperatingSystem),
    'evidence?': evidence,
    'scanId?': text,
    'set?': shownSet,
    'scanMs?': count,
    'pullMs?': count,
    'pushToRecommendationMs?': count,
    times: record({
      'pushed?': time,
      'judged?': time,
      'started?': time,
      'completed?': time,
      'classified?': time,
      'recommended?': time,
    }),
    'charge?': record({
      chargeId: text,
      amount: text,
      currency: text,
      chargedFor: time,
      priceRule: text,
      repository: text,
      'corrections?': list(record({ chargeId: text, amount: text, time })),
      'rest?': { ...text, description: 'The amount after its corrections.' },
    }),
    'traceId?': text,
    'children?': list(child),
  },
  'An image at one place where it lies. An index has the status, the counts and `since` of its worst image. A ' +
    'parked image is so `since` the first of its events that is still parked. `queued` and `scanning` pass; ' +
    '`undetermined` is never to be taken for healthy. `running` is absent until a cluster reported what runs: then ' +
    'nothing is known of it.',
);

export const listed: Description = {
  summary: 'Every image with its status: pages, or all of them as CSV.',
  query: { ...imagesAsked, ...listQuery.sort(...imageSorts), ...describedTop(), ...listQuery.format, ...paged },
  answers: {
    200: {
      description: 'A page of images, with the numbers of the whole list.',
      headers: varying,
      content: {
        'application/json': totalled(image, {
          all: { ...count, description: 'Images without any filter.' },
          counts: named(
            'StatusCounts',
            Object.fromEntries(shownStatuses.map((status) => [status, count])),
            'Images by status, with all filters except those of status and reason.',
          ),
          hidden: { ...count, description: 'Findings of these images that rules disable.' },
          unknown: {
            ...count,
            description:
              'Images that are undetermined, queued or scanned, by the filters of place and text alone: they may ' +
              'have findings that are not known, so the filters on findings say nothing about them.',
          },
          untagged: {
            ...count,
            description:
              'Images that lost their tags, by the filters of place and text alone, if the list leaves them out.',
          },
        }),
        'text/csv': text,
      },
    },
  },
};

export const shown: Description = {
  summary: 'The status of an image, in every place where it lies.',
  path: ofDigest,
  headers: prefer,
  answers: {
    200: json(
      'Each place.',
      record({ digest, placements: list(image), 'parked?': schema.either(list(parkedEvent), list(parkedHint)) }),
      preferenceApplied,
    ),
  },
};

const finding = named(
  'Finding',
  {
    vulnerability: text,
    aliases: texts,
    package: text,
    packageType: text,
    installedVersion: text,
    'sourcePackage?': text,
    'fixedVersion?': text,
    'path?': text,
    'layer?': digest,
    'title?': text,
    'description?': text,
    'publishedAt?': time,
    'modifiedAt?': time,
    severity: oneOf(...severities),
    ratings: list(classed(Rating)),
    references: texts,
    cwes: texts,
    findingId: text,
    severityRule: text,
    state: oneOf('active', 'exempt'),
    'ruleId?': text,
    remediation: text,
    firstSeenAt: time,
    'advisoryRemoved?': classed(AdvisoryRemoval),
    registryId: text,
    repository: text,
    status: record({ code: oneOf('Healthy', 'Unhealthy', 'NotApplicable'), cause: text, description: text }),
    'demonstrationDatabase?': flag,
  },
  'A finding of an image, together with what is known of its vulnerability. Until that is known, the texts are absent.',
);

export const sets: Description = {
  summary:
    'The findings of an image in each place as events have them, in canonical order, in one snapshot. A consumer ' +
    'that lost its set goes on from here: it checks the sum, and applies the changes whose base this set is.',
  path: ofDigest,
  query: where,
  answers: {
    200: json(
      'A place whose findings are not known at the moment is absent.',
      record({
        digest,
        sets: list(
          record({
            subscriptionId: text,
            registryId: text,
            loginServer: text,
            repository: text,
            digest,
            id: text,
            verdict: count,
            classification: count,
            set: record({ count, sum: text }),
            layers: list(digest),
            findings: list(classed(ClassifiedFinding)),
          }),
        ),
      }),
    ),
  },
};

export const findings: Description = {
  summary:
    'The findings of an image: pages, or all of them as CSV, SARIF, CycloneDX or SPDX, by the `Accept` header of the ' +
    'client or by `format`.',
  path: ofDigest,
  query: {
    ...listQuery.place,
    ...listQuery.severity,
    ...listQuery.fixable,
    ...listQuery.state,
    ...listQuery.q('the id or an alias of the vulnerability, the package or its path'),
    ...listQuery.sort(...findingSorts),
    ...describedTop(),
    format: {
      description:
        'The format, as `Accept` names it. Reports have all findings of the `subscription` and `repository`.',
      schema: oneOf('json', 'csv', 'sarif', 'cyclonedx', 'spdx'),
    },
    ...paged,
  },
  answers: {
    200: {
      description: 'Pages as JSON; the reports are about all places where the image lies and was scanned.',
      headers: { Vary: { description: '`Accept`, and `accept-encoding`', schema: text, required: true } },
      content: {
        'application/json': record({
          value: list(finding),
          'total?': {
            ...count,
            description:
              'Rows of all pages. Absent while the image has no result in one of the places, and of an index.',
          },
          'exempt?': {
            ...count,
            description: 'Those that a rule disables, by all conditions but `state`. Absent where `total` is.',
          },
          'nextLink?': { ...link, description: 'The next page; absent on the last page.' },
        }),
        'text/csv': text,
        'application/sarif+json': {
          type: 'object',
          title: 'Sarif',
          description: 'SARIF 2.1.0 (OASIS).',
          required: ['version', 'runs'],
          properties: { version: { const: '2.1.0' }, runs: { type: 'array' } },
          additionalProperties: true,
        },
        'application/vnd.cyclonedx+json': {
          type: 'object',
          title: 'CycloneDx',
          description: 'CycloneDX 1.6 (ECMA-424).',
          required: ['bomFormat', 'specVersion'],
          properties: { bomFormat: { const: 'CycloneDX' }, specVersion: { const: '1.6' } },
          additionalProperties: true,
        },
        'application/spdx+json': {
          type: 'object',
          title: 'Spdx',
          description: 'SPDX 2.3 (ISO/IEC 5962).',
          required: ['spdxVersion', 'packages', 'relationships'],
          properties: {
            spdxVersion: { const: 'SPDX-2.3' },
            packages: { type: 'array' },
            relationships: { type: 'array' },
          },
          additionalProperties: true,
        },
      },
    },
  },
  refuses: {
    406: 'The format is not supported.',
    409:
      'The image was not scanned, is an index, or has no inventory: an empty report would claim that there are ' +
      'no findings. `InventoryLost`: its packages are not kept any more, until it is scanned again.',
  },
};

export const inventory: Description = {
  summary:
    'The packages of an image, as `packages` of `scan.completed` names them: JSON in canonical order, whose digest ' +
    'is that of the event.',
  path: ofDigest,
  query: where,
  answers: { 200: json('The system and its packages.', classed(PackageInventory)) },
  refuses: {
    409:
      'The image was not scanned, is an index, or the scan found no packages. `InventoryLost`: they are not kept any ' +
      'more, until the image is scanned again.',
  },
};

const event = named(
  'TimelineEvent',
  {
    topic: text,
    id: text,
    time,
    afterMs: { type: 'integer' },
    summary: text,
    'cause?': text,
    'pushId?': text,
    'traceId?': text,
    'repository?': text,
    'pages?': count,
    depth: count,
  },
  'An event of the image.',
);

export const timeline: Description = {
  summary: 'Every event of an image, cause before effect.',
  path: ofDigest,
  answers: { 200: json('The events.', record({ digest, events: list(event) })) },
};

const registry = {
  allOf: [
    classed(RegistryObserved),
    record({
      planOn: flag,
      'status?': record({ code: oneOf('Healthy', 'Unhealthy', 'NotApplicable'), cause: text, description: text }),
      'images?': record({
        unhealthy: count,
        undetermined: count,
        healthy: count,
        notApplicable: count,
        waiting: count,
      }),
    }),
  ],
  title: 'Registry',
};

export const registries: Description = {
  summary:
    'The registries and the counts of their images. One that is `removed` is not watched any more; it is here as ' +
    'long as its images count.',
  answers: { 200: json('All registries.', record({ value: list(registry) })) },
};
