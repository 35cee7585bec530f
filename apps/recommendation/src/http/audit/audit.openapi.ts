import { json, paged, schema, type Description } from '@assay/http';
import { auditKinds } from '@assay/read-model/intake/audit';
import { describedTop } from '../list-query.ts';

const { named, oneOf, page, text, time } = schema;

const entry = named(
  'AuditEntry',
  {
    id: { ...text, description: 'The id of the event.' },
    at: time,
    what: oneOf(...auditKinds),
    did: text,
    who: text,
    about: { ...text, description: 'The name of the rule, the plan, the parked event and so on.' },
    'scope?': { ...text, description: 'An ARM id; absent for what concerns the whole suite.' },
    'why?': text,
    'effect?': { ...text, description: 'The last outcome of an order; the size of an export; otherwise what was set.' },
  },
  'What somebody did, when and why.',
);

const moment = (description: string) => ({
  description,
  schema: { type: 'string', pattern: '^\\d{4}-\\d\\d-\\d\\d(T.*)?$' },
});

export const listed: Description = {
  summary:
    'Who changed rules, plans and assessments, gave orders, corrected or exported charges, and closed months; newest ' +
    'first. ' +
    'Entries that the caller may not read are left out.',
  query: {
    from: moment('Only from this day (UTC) or time on.'),
    to: moment('Only up to the end of this day (UTC), or before this time.'),
    what: {
      description: `Only these kinds, with commas between them: ${auditKinds.join(', ')}.`,
      schema: text,
    },
    ...describedTop(),
    ...paged,
  },
  answers: { 200: json('A page of the audit trail.', page(entry)) },
};
