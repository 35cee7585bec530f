import { describe, expect, it } from 'vitest';
import { definitions, markDefinition } from '@assay/events';
import type { JsonSchema } from './class-schemas.ts';
import { derivedSchemas, publishedSchemas } from './generate.ts';
import { takenBack } from './published.ts';

const published = {
  type: 'object',
  required: ['digest', 'status', 'ratings'],
  properties: {
    digest: { type: 'string', pattern: '^sha256:' },
    status: { type: 'string', enum: ['healthy', 'unhealthy'] },
    reason: { type: 'string' },
    body: {},
    ratings: { type: 'array', items: { $ref: '#/$defs/Rating' } },
  },
  $defs: {
    Rating: {
      type: 'object',
      required: ['source'],
      properties: { source: { type: 'string' }, score: { type: 'number', minimum: 0 } },
    },
  },
} satisfies JsonSchema;

/** The published schema with one thing changed. */
const changed = (
  change: (schema: {
    required: string[];
    properties: Record<string, JsonSchema>;
    $defs: Record<string, JsonSchema & { required: string[]; properties: Record<string, JsonSchema> }>;
  }) => void,
): JsonSchema => {
  const copy = structuredClone(published);
  change(copy as never);
  return copy;
};
const changesIn = (schema: JsonSchema, internal = false): string[] => takenBack(published, schema, { internal });

describe('a schema', () => {
  it.each([
    [
      'a new optional field',
      changed(({ properties }) => {
        properties.epss = { type: 'number' };
      }),
    ],
    [
      'a new optional field of a part',
      changed(({ $defs }) => {
        $defs.Rating!.properties.vector = { type: 'string' };
      }),
    ],
    [
      'a new optional part, with any required fields within',
      changed(({ properties, $defs }) => {
        $defs.News = { type: 'object', required: ['count'], properties: { count: { type: 'integer' } } };
        properties.added = { $ref: '#/$defs/News' };
      }),
    ],
    [
      'another name of a part, and another description',
      changed((schema) => {
        schema.$defs = { Score: schema.$defs.Rating! };
        schema.properties.ratings = { type: 'array', items: { $ref: '#/$defs/Score' } };
        Object.assign(schema, { description: 'In other words.' });
      }),
    ],
  ])('may have %s', (_, schema) => {
    expect(changesIn(schema)).toEqual([]);
  });

  it.each([
    [
      'a field removed',
      changed(({ properties }) => {
        delete properties.reason;
      }),
      'data.reason is gone',
    ],
    [
      'a field renamed',
      changed(({ properties }) => {
        properties.why = properties.reason!;
        delete properties.reason;
      }),
      'data.reason is gone',
    ],
    [
      'a new field that is required',
      changed(({ properties, required }) => {
        properties.epss = { type: 'number' };
        required.push('epss');
      }),
      'data.epss is required, and was not',
    ],
    [
      'a field made required',
      changed(({ required }) => {
        required.push('reason');
      }),
      'data.reason is required, and was not',
    ],
    [
      'a field made optional',
      changed((schema) => {
        schema.required = ['digest', 'ratings'];
      }),
      'data.status was always there, and is optional now',
    ],
    [
      'another type',
      changed(({ properties }) => {
        properties.reason = { type: 'number' };
      }),
      'data.reason has another type: "number" instead of "string"',
    ],
    [
      'a type where there was none',
      changed(({ properties }) => {
        properties.body = { type: 'object' };
      }),
      'data.body has another type: "object" instead of none',
    ],
    [
      'a narrower pattern',
      changed(({ properties }) => {
        properties.digest = { type: 'string', pattern: '^sha256:[0-9a-f]{64}$' };
      }),
      'data.digest has another pattern: "^sha256:[0-9a-f]{64}$" instead of "^sha256:"',
    ],
    [
      'a limit',
      changed(({ properties }) => {
        properties.reason = { type: 'string', maxLength: 5 };
      }),
      'data.reason has another maxLength: 5 instead of none',
    ],
    [
      'a limit of a part moved',
      changed(({ $defs }) => {
        $defs.Rating!.properties.score = { type: 'number', minimum: 1 };
      }),
      'data.ratings[].score has another minimum: 1 instead of 0',
    ],
    [
      'a field of a part removed',
      changed(({ $defs }) => {
        delete $defs.Rating!.properties.score;
      }),
      'data.ratings[].score is gone',
    ],
    [
      'other elements',
      changed(({ properties }) => {
        properties.ratings = { type: 'array', items: { type: 'string' } };
      }),
      'data.ratings[].source is gone',
    ],
    [
      'a closed list where any text was',
      changed(({ properties }) => {
        properties.reason = { type: 'string', enum: ['x'] };
      }),
      'data.reason is a closed list now',
    ],
    [
      'any text where a closed list was',
      changed(({ properties }) => {
        properties.status = { type: 'string' };
      }),
      'data.status is no closed list any more',
    ],
    [
      'a value removed from a closed list',
      changed(({ properties }) => {
        properties.status = { type: 'string', enum: ['healthy'] };
      }),
      'data.status is never unhealthy any more',
    ],
  ])('may not have %s', (_, schema, line) => {
    expect(changesIn(schema)).toContain(line);
    expect(changesIn(schema, true)).toContain(line);
  });

  it('may have one more value of a closed list if only Assay reads it', () => {
    const more = changed(({ properties }) => {
      properties.status = { type: 'string', enum: ['healthy', 'unhealthy', 'odd'] };
    });
    expect(changesIn(more)).toEqual(['data.status may be odd, which nobody outside knows']);
    expect(changesIn(more, true)).toEqual([]);
  });
});

describe('what was published', () => {
  it.each(definitions.map((definition) => [`${definition.topic}.v${definition.version}`, definition] as const))(
    'of %s still holds',
    (name, { published: outside }) => {
      expect(
        takenBack(publishedSchemas()[name] ?? derivedSchemas().get(name)!, derivedSchemas().get(name)!, {
          internal: !outside,
        }),
        'CONTRIBUTING.md, "Changing an event", says what to do',
      ).toEqual([]);
    },
  );

  it('is kept for every version that there was', () => {
    const versions = [...definitions, markDefinition].flatMap(({ topic, version }) =>
      Array.from({ length: version }, (_, before) => `${topic}.v${before + 1}`),
    );
    expect(Object.keys(publishedSchemas()).toSorted()).toEqual([...versions, 'inventory.v1'].toSorted());
  });
});
