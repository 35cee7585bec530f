import { Database, Scanner, severities, statuses as published } from '@assay/events';
import { json, paged, schema, type Description, type Parameters, type Schema } from '@assay/http';
import { goneReasons, newReasons } from '../../domain/difference.ts';
import { changeCauses } from '@assay/read-model/intake/changes';
import { bySeverity, digest, ofDigest, statuses, where } from '../described.ts';
import { describedTop } from '../list-query.ts';

const { classed, count, list, named, number, oneOf, record, text, texts, time } = schema;

/** Entries of each list of a difference without `top`, and at most. */
export const [usualListed, mostListed] = [1_000, 10_000];

const place = { subscriptionId: text, registryId: text, registry: text, repository: text };

const answer = named(
  'PastAnswer',
  {
    at: time,
    ...place,
    status: oneOf(...published),
    'reason?': text,
    cause: oneOf(...changeCauses),
    'bySeverity?': bySeverity,
    'fixable?': count,
    'exempt?': count,
    'findings?': count,
    'database?': classed(Database),
    'scanner?': classed(Scanner),
    id: text,
    'verdict?': count,
    'classification?': count,
  },
  'An answer about an image at one place: a classification, a verdict without a scan (`declined`), or the time at ' +
    'which an answer lapsed (`time`) and held again. `id` is that of the event, of a classification that of its ' +
    'first page. Without a result of a scan there are no counts.',
);

export const history: Description = {
  summary: 'Every answer about an image, the newest first.',
  path: ofDigest,
  query: { ...where, ...describedTop(), ...paged },
  answers: { 200: json('A page of answers.', record({ value: list(answer), 'nextLink?': schema.link })) },
};

const moment = named(
  'ImageMoment',
  {
    digest,
    ...place,
    'at?': time,
    status: statuses,
    'reason?': text,
    classifiedAt: time,
    id: text,
    database: classed(Database),
    scanner: classed(Scanner),
    findings: count,
    exempt: count,
    'packages?': count,
    'packagesUnknown?': text,
  },
  'An image at one place, now or at an earlier time (`at`), with the classification that counted then. ' +
    '`packagesUnknown` is the code for which its packages are not known.',
);

const finding: Readonly<Record<string, Schema>> = {
  vulnerability: text,
  'title?': text,
  package: text,
  packageType: text,
  installedVersion: text,
  'fixedVersion?': text,
  'path?': text,
  severity: oneOf(...severities),
  'score?': number,
  firstSeenAt: time,
};
const compared = named('ComparedFinding', finding, 'A finding of one of two moments.');
const packages = named('PackageVersions', { type: text, name: text, versions: texts }, 'A package with its versions.');

const moments: Parameters = Object.fromEntries(
  ['from', 'to'].map((name) => [
    name,
    {
      description:
        `The image ${name === 'from' ? 'before' : 'after'}: a digest, or \`<digest>@<time>\` for an earlier ` +
        'time of UTC.',
      schema: {
        type: 'string',
        pattern: '^sha256:[0-9a-f]{64}(@\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}(:\\d{2}(\\.\\d{1,9})?)?Z)?$',
      },
      required: true,
    },
  ]),
);

export const difference: Description = {
  summary: 'How the findings differ between two images, or between two moments of one image, each with its reason.',
  query: { ...moments, ...where, ...describedTop(usualListed, mostListed) },
  answers: {
    200: json(
      'Only findings that count are compared: what a rule disables is `gone` by the rule. The same vulnerability in ' +
        'the same package is one finding, also in another version (`changed`). Lists begin with the worst, and are ' +
        'cut at `top`; `counts` has all. Of several places of an image, the first one where it was assessed counts.',
      record({
        from: moment,
        to: moment,
        counts: record({ gone: count, new: count, changed: count, same: count }),
        gone: list(
          named(
            'GoneFinding',
            { ...finding, because: oneOf(...goneReasons), 'ruleId?': text },
            'A finding that no longer counts.',
          ),
        ),
        new: list(
          named(
            'NewFinding',
            { ...finding, because: oneOf(...newReasons), 'ruleId?': text },
            'A finding that did not count before.',
          ),
        ),
        changed: list(record({ before: compared, after: compared })),
        same: count,
        'packages?': record({
          counts: record({ removed: count, added: count, changed: count }),
          removed: list(packages),
          added: list(packages),
          changed: list(record({ type: text, name: text, before: texts, after: texts })),
        }),
      }),
    ),
  },
  refuses: {
    404: 'There is no such image, or not in the scopes of the caller.',
    409:
      'The findings of one moment are not known, and an empty list would claim that there were none: ' +
      '`NothingKnownThen`, `ImageNotScanned`, `IndexNotScanned`, or `FindingsUnknown` while an event could ' +
      'not be handled.',
    410: '`PastNotKept`: the log has lost an event on which the findings of that time rest.',
  },
};
