import { Scanner } from '@assay/events';
import { json, schema, type Description } from '@assay/http';
import { digest } from '../described.ts';

const { classed, count, flag, list, named, number, oneOf, record, text, time } = schema;

const health = {
  'address?': text,
  'version?': text,
  status: oneOf('ready', 'not-ready', 'unreachable', 'unknown'),
  reasons: list(text),
  notes: list(text),
};

const service = named(
  'ServiceStanding',
  {
    name: text,
    'instance?': { ...text, description: 'Identifies this run of its process.' },
    ...health,
    'lag?': { ...count, description: 'Records in the log that it has not received, in the partitions that it owns.' },
    'outboxAgeSeconds?': {
      ...number,
      description: 'Age of the oldest event that it emitted and that is not in the log yet.',
    },
    'viewBehindSeconds?': {
      ...number,
      description:
        'Of recommendation: time since its read model is known to have held the whole log, or since it is being ' +
        'filled. It is checked every second.',
    },
    'parked?': {
      ...count,
      description:
        'Events that are parked in this service, in all its instances together. Absent while the read model is ' +
        'behind or cut off.',
    },
  },
  'The state of a service: its own report, `unreachable` without an answer, or `unknown` without an address.',
);

const runner = named(
  'Runner',
  {
    'id?': { ...text, description: 'Identifies this run of its process.' },
    ...health,
    'seenAt?': { ...time, description: 'When it answered.' },
    'driver?': text,
    'walls?': {
      ...list(record({ name: text, stands: flag, detail: text })),
      description: 'The attacks that it tried from within its sandbox when it started.',
    },
    'triedAt?': time,
    'slots?': record({ used: count, of: count }),
    'boundedBy?': {
      ...record({ memory: text, processes: text, processor: text, end: text, 'why?': text }),
      description: 'The means that keep each scan within its limits, and the reason why it is no control group.',
    },
    'scanner?': classed(Scanner),
    'database?': {
      ...record({ digest, builtAt: time, demonstration: flag, ageHours: number, 'java?': text }),
      description: '`java` is the digest of the database of Java archives, or `own` for one of its operator.',
    },
  },
  'A runner by its own report. Only `status` and `reasons` are known of one that does not answer.',
);

export const listed: Description = {
  summary:
    'The state of all services, in the order of the flow; a service with several addresses once for each. Asks ' +
    'the addresses of `ASSAY_SERVICES`, or the services in the same process.',
  answers: { 200: json('All services.', record({ value: list(service) })) },
};

export const runners: Description = {
  summary:
    'The runners: walls, slots, scanner and database of each. Asked as `GET /assay/services` asks; a replica without ' +
    'an address of its own is not seen.',
  answers: { 200: json('All runners that are named.', record({ value: list(runner) })) },
};
