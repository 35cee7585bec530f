import fc from 'fast-check';
import { v5 } from 'uuid';
import { expect, it } from 'vitest';
import { derivedId, idNamespace } from './ids.ts';

it('makes the UUIDv5 of its parts', () =>
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.string({ unit: 'binary' }), fc.integer())), (parts) => {
      expect(derivedId(...parts)).toBe(v5(Buffer.from(parts.join('\u0000')), idNamespace));
    }),
  ));
