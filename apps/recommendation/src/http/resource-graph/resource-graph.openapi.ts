import { json, schema, type Description, type Parameters } from '@assay/http';

const { anything, count, either, list, mapOf, named, oneOf, orNull, record, text, texts } = schema;

const most = (maximum: number, minimum = 1) => orNull({ type: 'integer', minimum, maximum });

const body = named(
  'GraphQuery',
  {
    query: {
      ...text,
      minLength: 1,
      examples: ['securityresources | where type == "microsoft.security/assessments/subassessments" | take 10'],
    },
    'subscriptions?': orNull({ type: 'array', items: { type: 'string', format: 'uuid' }, maxItems: 10_000 }),
    'managementGroups?': orNull(texts),
    'managementGroupId?': { ...orNull(text), description: 'Instead of them, at 2020-04-01-preview.' },
    'options?': orNull(
      record({
        '$top?': most(1000),
        '$skip?': most(2 ** 31, 0),
        '$skipToken?': orNull(text),
        'resultFormat?': orNull(oneOf('table', 'objectArray')),
        'authorizationScopeFilter?': orNull(
          oneOf('AtScopeAndBelow', 'AtScopeAndAbove', 'AtScopeAboveAndBelow', 'AtScopeExact'),
        ),
      }),
    ),
    'facets?': orNull({
      type: 'array',
      maxItems: 10,
      items: record({
        expression: { ...text, minLength: 1 },
        'options?': orNull(
          record({
            'sortOrder?': orNull(oneOf('asc', 'desc')),
            '$top?': most(1000),
            'filter?': orNull(text),
            'sortBy?': orNull(text),
          }),
        ),
      }),
    }),
  },
  'A query in the language of Azure Resource Graph, over subscriptions or over management groups.',
);

const data = either(
  record(
    {
      columns: list(record({ name: text, type: oneOf('string', 'integer', 'number', 'boolean', 'object') })),
      rows: list({ type: 'array' }),
    },
    { title: 'GraphTable' },
  ),
  list(mapOf(anything)),
);

const facet = either(
  named('FacetResult', { expression: text, resultType: oneOf('FacetResult'), totalRecords: count, count, data }),
  named('FacetError', {
    expression: text,
    resultType: oneOf('FacetError'),
    errors: list(record({ code: text, message: text })),
  }),
);

const quota: Parameters = {
  'x-ms-user-quota-remaining': {
    description: 'The number of queries that the caller may still send.',
    schema: text,
    required: true,
  },
  'x-ms-user-quota-resets-after': {
    description: 'The time until the caller may send all of them again, as hh:mm:ss.',
    schema: text,
    required: true,
  },
};

export const queried: Description = {
  summary: 'A query over the data of Assay, as Azure Resource Graph answers it.',
  body: { 'application/json': body },
  answers: {
    200: json(
      'The rows, or a page of them.',
      named('GraphAnswer', {
        totalRecords: count,
        count,
        resultTruncated: oneOf('true', 'false'),
        '$skipToken?': text,
        data,
        facets: list(facet),
      }),
      quota,
    ),
  },
  refuses: { 429: 'The caller has sent too many queries.', 504: 'The query ran past its time limit.' },
};
