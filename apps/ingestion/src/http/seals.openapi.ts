import { json, schema, type Description } from '@assay/http';

const { count, flag, list, named, oneOf, record, text, texts, time } = schema;

export const keys: Description = {
  summary: 'The public keys by which seals of the log, and statements about images, are verified.',
  answers: {
    200: json(
      'The keys, the one that signs now first. None if nothing is signed.',
      record({
        value: list(
          named('PublishedKey', { keyId: text, algorithm: oneOf('Ed25519'), publicKey: text, isCurrent: flag }),
        ),
      }),
    ),
  },
};

const difference = named(
  'SealDifference',
  {
    kind: text,
    'topic?': text,
    'partition?': count,
    'offset?': count,
    'number?': count,
    'period?': text,
    text,
  },
  'Something that differs from what was sealed.',
);

export const seals: Description = {
  summary: 'What the seals of the last day prove. Reads the log of that day.',
  answers: {
    200: json(
      '`reading`: the log is still being read, so repeat the request. `off`: no key is set. `failing`: the log is ' +
        'not sealed any more. `notes` has what keeps the log from being sealed, and forks of outside places.',
      named('SealsStanding', {
        state: oneOf('off', 'not-sealed', 'nothing-compared', 'reading', 'failing', 'good', 'differs'),
        places: texts,
        notes: texts,
        'done?': count,
        'of?': count,
        'verified?': record({
          state: oneOf('not-sealed', 'nothing-compared', 'good', 'differs'),
          seals: count,
          compared: count,
          'last?': record({ number: count, sealedAt: time, digest: text }),
          keys: texts,
          records: count,
          months: texts,
          unsealed: count,
          differences: list(difference),
          warnings: texts,
        }),
      }),
    ),
  },
};
