import { json, schema, type Description } from '@assay/http';
import { advisoriesAt, digest, ofDigest, statuses } from '../described.ts';
import { parkedEvent, parkedHint } from '../parked-events/parked.openapi.ts';

const { anything, count, either, list, mapOf, named, oneOf, record, text, texts, time } = schema;

const event = named(
  'StepEvent',
  { topic: text, id: text, time, partition: count, offset: count, 'cause?': text },
  'An event that a step rests on, and its place in the log.',
);

const obstacle = named(
  'AppliedObstacle',
  {
    reason: text,
    status: text,
    effect: oneOf('decided', 'applied', 'outweighed'),
    meaning: text,
  },
  'An obstacle to healthy that applied: it decided, an earlier one did, or findings outweigh it.',
);

const step = named(
  'WhyStep',
  {
    step: oneOf('notification', 'push', 'verdict', 'scan', 'classification', 'recommendation', 'charge'),
    title: text,
    details: texts,
    'time?': time,
    events: list(event),
    'facts?': { ...mapOf(anything), description: 'Fields of the event, as the log has them.' },
    'obstacles?': list(obstacle),
    'exemptions?': list(record({ ruleId: text, findings: count })),
  },
  'A step from the notification to the charge. Without events it explains what is missing.',
);

const placeName = 'WhyPlace';
const place = named(
  placeName,
  {
    subscriptionId: text,
    registryId: text,
    loginServer: text,
    repository: text,
    digest,
    tags: texts,
    status: statuses,
    'reason?': text,
    'advisoriesAt?': advisoriesAt,
    steps: list(step),
    'children?': list(
      named(
        'WhyChild',
        {
          digest,
          kind: text,
          'os?': text,
          'architecture?': text,
          'variant?': text,
          'leftOut?': text,
          'unclear?': text,
          'place?': { $ref: `#/components/schemas/${placeName}` },
        },
        'A manifest that an index lists. `leftOut` and `unclear` are as in ListedImage. Without `place` no event ' +
          'about it has arrived.',
      ),
    ),
  },
  'The events that led to the status of an image at one place. `status` is that of the newest event; for an ' +
    'index, of the worst image that counts.',
);

export const explained: Description = {
  summary: 'Why an image has its status: each step from the notification to the charge, from the events alone.',
  path: ofDigest,
  answers: {
    200: json(
      'The steps at each place.',
      record({ digest, places: list(place), 'parked?': either(list(parkedEvent), list(parkedHint)) }),
    ),
  },
};
