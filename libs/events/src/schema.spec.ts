import { describe, expect, it } from 'vitest';
import { definitions } from './catalogue.ts';
import { checkSchemas, SchemaMissing } from './schema.ts';

describe('the published schemas', () => {
  it('are there for every event', () => {
    expect(() => checkSchemas(definitions)).not.toThrow();
  });

  it('are named if one is missing, with the folder they belong in', () => {
    const look = (): void => checkSchemas([{ topic: 'scan.imagined', version: 1 }]);
    expect(look).toThrow(SchemaMissing);
    expect(look).toThrow('the schema of scan.imagined cannot be read');
  });
});
