import { Database } from '@assay/events';
import { json, schema, type Description } from '@assay/http';

const { classed, count, named, record, time } = schema;

const knowledge = named(
  'Knowledge',
  {
    database: classed(Database),
    images: count,
    assessed: count,
    'completedAt?': time,
    latencySeconds: count,
  },
  'The newest database with which images were assessed, how many of them, and the time from its build until the last ' +
    'partition of them was (`completedAt`), or until now.',
);

export const answered: Description = {
  summary: 'How long it takes until all images are assessed with a newer vulnerability database.',
  answers: { 200: json('The last database.', record({ 'knowledge?': knowledge })) },
};
