import { json, paged, schema, type Description, type Schema } from '@assay/http';
import { learnedBy, ledgerOutcomes, usualDays } from '@assay/read-model/view/ledger';
import { digest, statuses, subscription } from '../described.ts';
import { describedDay, describedDays, describedRegistry, describedTop } from '../list-query.ts';

const { count, flag, list, named, number, oneOf, record, text, time } = schema;

export { usualDays };
/** Days of an answer at most. */
export const mostDays = 366;

const outcome = oneOf(...ledgerOutcomes);
const learned = oneOf(...learnedBy);

const reason = named(
  'CoverageReason',
  { outcome, status: statuses, 'reason?': text, count },
  'Pushes of one outcome, status and reason.',
);

const sums: Readonly<Record<string, Schema>> = {
  pushed: count,
  ...Object.fromEntries(ledgerOutcomes.map((each) => [each, count])),
  balances: flag,
  learned: named(
    'CoverageSenders',
    Object.fromEntries(learnedBy.map((each) => [each, count])),
    'Pushes by the way in which they became known.',
  ),
  reasons: list(reason),
  inTime: count,
  late: count,
  'p50Seconds?': number,
  'p95Seconds?': number,
  'slowestSeconds?': number,
};

const row = named(
  'CoverageRow',
  {
    day: describedDay.schema,
    registryId: text,
    registry: text,
    ...sums,
  },
  'The pushes that a registry sent on one day. `balances` is false if a push is not accounted for, or an answer ' +
    'belongs to no push.',
);

const total = named('CoverageSums', sums, 'The same sums over all days and registries of the request.');

const dated = named(
  'CoverageDay',
  { day: describedDay.schema, ...sums },
  'The same sums of one day over all registries of the request, the oldest day first, on every page. A day without a ' +
    'push is left out.',
);

export const ledger: Description = {
  summary:
    'Accounts for every push, on the day on which it was received: pushed = assessed + not applicable + undetermined ' +
    '+ on its way + missing.',
  query: { ...describedDays(usualDays, mostDays), ...subscription, ...describedRegistry, ...describedTop(), ...paged },
  answers: {
    200: json(
      'The newest day first, then by registry; a day without a push has no row. The last answer of a push counts: a ' +
        'later deletion takes no assessment back. A push without an answer is `missing` after 15 minutes, or after a ' +
        'day if a sweep found it. An index of images has no answer of its own: it stands as lists show it now, and ' +
        'is missing if one of its images never came. Seconds are from the receipt of a push to its ' +
        'first answer, without pushes that a sweep found.',
      record({ value: list(row), total, days: list(dated), 'nextLink?': schema.link }),
    ),
  },
};

const push = named(
  'CoveredPush',
  {
    'subscriptionId?': text,
    'registryId?': text,
    'registry?': text,
    'repository?': text,
    'digest?': digest,
    pushId: text,
    outcome,
    status: statuses,
    'reason?': text,
    learned,
    receivedAt: time,
    'answeredAt?': time,
    'seconds?': number,
    isLate: flag,
  },
  'A push of an image at one place, with its outcome.',
);

export const images: Description = {
  summary: 'The pushes behind a number of the ledger, the last received first.',
  query: {
    day: { ...describedDay, required: true },
    ...subscription,
    ...describedRegistry,
    outcome: { description: 'Only pushes of this outcome.', schema: outcome },
    reason: { description: 'Only pushes with this reason.', schema: text },
    ...describedTop(),
    ...paged,
  },
  answers: {
    200: json(
      'A page of pushes, and their number.',
      record({ value: list(push), total: count, 'nextLink?': schema.link }),
    ),
  },
};
