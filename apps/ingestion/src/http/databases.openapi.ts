import { json, schema, type Description } from '@assay/http';

const { count, list, named, oneOf, record, text, time, flag } = schema;

const database = named(
  'DatabaseStanding',
  {
    digest: text,
    builtAt: time,
    demonstration: flag,
    'tooOldDays?': count,
    'staleDays?': count,
    state: oneOf('in-use', 'stored', 'gone', 'recalled'),
    'bytes?': count,
    'entries?': count,
    'lacks?': list(text),
  },
  'A vulnerability database that was announced. `in-use`: images are assessed by it. `stored`: it can be used again. ' +
    '`gone`: its archive is not kept any more. `lacks`: releases in support of which it has nothing.',
);
const javaDatabase = named(
  'JavaDatabaseStanding',
  {
    digest: text,
    builtAt: time,
    state: oneOf('in-use', 'stored', 'gone', 'recalled'),
    bytes: count,
    entries: count,
  },
  'A database that names Java archives, which was announced. `state` is as that of DatabaseStanding.',
);
const consequences = record({
  images: count,
  findings: count,
  closing: count,
  changed: count,
  healthy: count,
  uncovered: count,
  weakened: count,
  lowered: count,
  raised: count,
  packages: list(record({ bucket: text, package: text, closing: count, loses: oneOf('all', 'some') })),
});
const held = named(
  'HeldDatabase',
  {
    digest: text,
    builtAt: time,
    state: oneOf('offered', 'held'),
    since: time,
    reasons: list(text),
    'consequences?': consequences,
    note: text,
  },
  'A newer database that takes much away. `offered`: the runners are asked. `held`: it waits for an order, or for ' +
    'the next database. `consequences`: of the images with a result, those that would change.',
);
const freshness = named(
  'DatabaseFreshness',
  {
    level: oneOf('good', 'warning', 'alarm'),
    'ageSeconds?': count,
    'failing?': record({ since: time, why: text }),
    notes: list(text),
  },
  'Age of the announced database. `warning`: no newer one could be taken for a day, a source lags by as much, one is ' +
    'held, or the clock of the instance is behind. `alarm`: in two days it makes no image healthy, or it does not ' +
    'already, or no newer one could be taken for as long. Only the instance that refreshes knows `failing`.',
);
/** Sources that lag by more than a day, and those that could not be used, in one line each. */
const notes = { 'lagging?': list(text), 'failed?': list(text) };
const java = named(
  'JavaDatabaseUpdated',
  {
    outcome: oneOf('updated', 'unchanged', 'failed'),
    'digest?': text,
    'builtAt?': time,
    'entries?': count,
    'source?': text,
    'code?': text,
    'why?': text,
    'remedy?': text,
    ...notes,
  },
  'The outcome for the database of Java archives. `digest` is of the one that is in use now. A failure does not ' +
    'concern the vulnerability database.',
);
const outcome = {
  outcome: oneOf('updated', 'unchanged'),
  digest: text,
  builtAt: time,
  'entries?': count,
  'lacks?': list(text),
  'source?': text,
  ...notes,
  'java?': java,
};
const result = named(
  'DatabaseUpdated',
  outcome,
  'The outcome of an order: the database that is in use now. `lagging`: sources that lag behind the newest one by ' +
    'more than a day. `failed`: sources that could not be used.',
);
const standing = named(
  'DatabaseOrder',
  {
    id: text,
    state: oneOf('running', 'ended'),
    'progress?': record({
      source: text,
      'doneBytes?': count,
      'totalBytes?': count,
      'answered?': count,
      'of?': count,
    }),
    'outcome?': oneOf('updated', 'unchanged'),
    'digest?': text,
    'builtAt?': time,
    'entries?': count,
    'lacks?': list(text),
    'source?': text,
    ...notes,
    'java?': java,
  },
  'An order that may take long. While it runs, repeat the request with the same `x-ms-client-request-id`.',
);
const why = { ...text, maxLength: 1000, pattern: '\\S' };
/** Name and size of an archive in the blob store. */
const dataref = { ...text, pattern: '^databases/[0-9a-f]{2}/[0-9a-f]{64}$' };
/** A number that JavaScript holds exactly: the checks refuse larger ones. */
const safe = { ...count, maximum: Number.MAX_SAFE_INTEGER };
const digest = {
  digest: {
    description: 'The digest of the database, as in the list.',
    schema: { type: 'string', pattern: '^sha256:[0-9a-f]{64}$' },
  },
};
const refusals = {
  409: 'The database does not stand a check, or no source has one.',
  404: 'There is no such database.',
};

export const listed: Description = {
  summary: 'The vulnerability databases and the databases of Java archives, the one announced last first.',
  answers: {
    200: json('All databases.', record({ value: list(database), java: list(javaDatabase), freshness, 'held?': held })),
  },
};
export const updated: Description = {
  summary: 'Takes the newest database of each kind, of all sources, if it is newer than the one in use.',
  body: {
    'application/json': record({
      'force?': flag,
      'sources?': { ...list(text), description: 'Refused if they are not the sources of this suite.' },
    }),
  },
  answers: { 200: json('The order runs, or has ended.', standing) },
  refuses: refusals,
};
export const imported: Description = {
  summary: 'Takes a database whose archive was put into the blob store.',
  body: { 'application/json': record({ dataref, bytes: safe, 'force?': flag }) },
  answers: { 200: json('The order runs, or has ended.', standing) },
  refuses: refusals,
};
export const verified: Description = {
  summary: 'Reads the archive of the database in use again, to its last page.',
  answers: { 200: json('The order runs, or has ended.', standing) },
  refuses: refusals,
};
export const used: Description = {
  summary: 'Announces a stored database again.',
  path: digest,
  answers: { 200: json('It is in use.', result) },
  refuses: refusals,
};
export const released: Description = {
  summary: 'Puts the held database into use. `healthy` is the number of images that would become healthy by it.',
  path: digest,
  body: { 'application/json': record({ why, healthy: safe }) },
  answers: { 200: json('It is in use.', result) },
  refuses: refusals,
};
export const refused: Description = {
  summary: 'Refuses the held database. It is not taken from a source any more.',
  path: digest,
  body: { 'application/json': record({ why }) },
  answers: { 200: json('It is refused.', record({ digest: text })) },
  refuses: refusals,
};
export const lookedAt: Description = {
  summary: 'Recalls nothing, and answers with the database that would take its place, and what the images would lose.',
  path: digest,
  answers: {
    200: json(
      'The changes that a recall would bring.',
      record({
        digest: text,
        'instead?': record({ digest: text, builtAt: time }),
        'consequences?': consequences,
        'silent?': count,
      }),
    ),
  },
  refuses: refusals,
};
export const recalled: Description = {
  summary:
    'Recalls a database: it is not taken from a source any more. The last one that came into use seven days ago or ' +
    'earlier, and was not recalled, takes its place, or else the one before.',
  path: digest,
  body: { 'application/json': record({ why }) },
  answers: { 200: json('It is recalled.', record({ digest: text, 'instead?': result })) },
  refuses: refusals,
};
