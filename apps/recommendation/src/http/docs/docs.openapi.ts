import { json, schema, type Description } from '@assay/http';

const { oneOf, record, text } = schema;

export const document: Description = {
  summary: 'This document.',
  answers: {
    200: json(
      'OpenAPI 3.1.',
      record({ openapi: text, info: { type: 'object' }, paths: { type: 'object' } }, { additionalProperties: true }),
    ),
  },
};
export const page: Description = {
  summary: 'A page to read this document.',
  answers: { 200: { description: 'HTML.', content: { 'text/html': text } } },
};
export const asset: Description = {
  summary: 'A file of the page.',
  path: {
    asset: {
      description: 'A style sheet or a script.',
      schema: oneOf('start.js', 'swagger-ui.css', 'swagger-ui-bundle.js'),
    },
  },
  answers: { 200: { description: 'The file.', content: { 'text/javascript': text, 'text/css': text } } },
};
