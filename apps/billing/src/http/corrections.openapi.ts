import { json, schema, type Description, type Parameters } from '@assay/http';
import { UsageCharged } from '@assay/events';

const { classed, oneOf, record, text } = schema;

const path: Parameters = {
  chargeId: { description: 'The id of a charge, `x_AssayChargeId` in the export.', schema: text },
};

export const corrected: Description = {
  summary:
    'Corrects a charge: gives back the rest of it, or adds an amount to it. The correction is a line of its ' +
    'own, on the bill of an open month.',
  path,
  answers: {
    200: json('The correction.', classed(UsageCharged)),
    202: json(
      'The correction is ordered, and not on the bill yet.',
      record({ chargeId: text, outcome: oneOf('ordered') }),
    ),
  },
  refuses: { 409: 'The correction gives back more than is left of the charge, or changes nothing.' },
};
