import { json, schema, type Description } from '@assay/http';
import { decisions, tolerances } from '../../domain/gate.ts';
import { bySeverity, digest, statuses } from '../described.ts';
import { rulePath, scopeId } from './rules.openapi.ts';

const { count, flag, list, named, oneOf, record, text, texts, time } = schema;

const place = { registryId: text, repository: text, digest };
const some = (description: string) => ({
  ...record({ findings: count, images: count, bySeverity }),
  description,
});

const preview = named(
  'RulePreview',
  {
    ruleId: text,
    scope: text,
    replaces: { ...flag, description: 'Whether a rule of the name is there, and would be changed.' },
    matches: some('All findings that meet the criteria, also those that another rule disables.'),
    hides: {
      ...record({
        findings: count,
        images: count,
        bySeverity,
        places: {
          ...list(record({ ...place, tags: texts, findings: count })),
          description: 'The 20 images with the most of them.',
        },
      }),
      description: 'Findings that count now, and would not.',
    },
    shows: some('Findings that the rule disables now, and that would count again.'),
    statuses: {
      ...list(
        record({
          before: statuses,
          'beforeReason?': text,
          after: statuses,
          'afterReason?': text,
          count,
          images: list(record(place)),
        }),
      ),
      description: 'Statuses that would change, indexes included, each with the first 20 images.',
    },
    maxSeverity: oneOf(...tolerances),
    gateChanges: { ...count, description: 'The number of images about which the gate would decide differently.' },
    gates: {
      ...list(record({ ...place, before: oneOf(...decisions), after: oneOf(...decisions) })),
      description: 'The first 20 of them, each with the decision at that place.',
    },
    asOf: time,
  },
  'The effect that a rule would have.',
);

export const previewed: Description = {
  summary:
    'Shows which findings a rule would disable, and which statuses and decisions of the gate would change. ' +
    'Changes nothing.',
  path: rulePath,
  query: {
    maxSeverity: {
      description: 'The worst severity that the gate allows; `none` allows no finding.',
      schema: { ...oneOf(...tolerances), default: 'none' },
    },
  },
  narrows: { properties: { scope: scopeId, criteria: { minProperties: 1 } } },
  answers: { 200: json('The effect.', preview) },
};
