import { paged, schema, type Description } from '@assay/http';
import { statuses as published } from '@assay/events';
import { changeCauses } from '@assay/read-model/intake/changes';
import { bySeverity, digest } from '../described.ts';
import { describedTop } from '../list-query.ts';

const { count, flag, list, named, oneOf, record, text, time } = schema;

const status = oneOf(...published);

const change = named(
  'Change',
  {
    at: time,
    subscriptionId: text,
    registryId: text,
    registry: text,
    repository: text,
    digest,
    'before?': record({ status, 'reason?': text, bySeverity }),
    status,
    'reason?': text,
    cause: oneOf(...changeCauses),
    bySeverity,
    fixable: count,
    exempt: count,
    isPush: flag,
  },
  'A change of what is recommended about an image at one place, as `recommendation.changed` published it. `cause` is ' +
    'that of the classification, `declined`, or `time`. `isPush` is true for the first answer to a push.',
);

const position = {
  ...text,
  description:
    'The place behind all changes of this answer: the `Last-Event-ID` with which a stream goes on from here. Opaque.',
};

export const changes: Description = {
  summary: 'Changes of recommendations: the latest ones in pages, or as they come (`accept: text/event-stream`).',
  query: {
    subscription: { description: 'Only changes of images in this subscription.', schema: text },
    push: {
      description: 'Only first answers to a push (`true`), or only other changes (`false`), as `isPush`.',
      schema: flag,
    },
    ...describedTop(),
    ...paged,
  },
  headers: {
    'Last-Event-ID': {
      description:
        'For a stream: the `id` of the last event that the client has, or `position` of a page. Each later change ' +
        'comes once. Without it, the stream begins with the next change. Too far behind, it is refused (410): ' +
        'pages have those changes.',
      schema: text,
    },
  },
  answers: {
    200: {
      description:
        'As JSON, the newest first. As a stream, one event for each change (`data` is a `Change`), a comment every ' +
        '15 seconds without one, and an end after 15 minutes: the client comes again with its `Last-Event-ID`. ' +
        'A client that does not read is ended.',
      headers: { Vary: { description: '`Accept`, and `accept-encoding`', schema: text, required: true } },
      content: {
        'application/json': record({ value: list(change), position, 'nextLink?': schema.link }),
        'text/event-stream': { type: 'string' },
      },
    },
  },
  refuses: {
    406: 'The format is not supported.',
    410:
      '`PositionGone`: the `Last-Event-ID` is too far behind, of another log or key, or damaged. Read the latest ' +
      'changes as JSON, and go on from their `position`.',
    503: 'The read model is behind, or too many clients follow the changes.',
  },
};
