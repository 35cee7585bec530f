import { expect, it } from 'vitest';
import { partitionOf } from '@assay/messaging';
import { childDigest, digest, imageFacts, indexFacts } from '../../test/fixtures.ts';
import { childrenIn } from './children.ts';

it('has the images of an index, none of an image, and nothing of what was not read', async () => {
  const [image, unread] = [`sha256:${'1'.repeat(64)}`, `sha256:${'2'.repeat(64)}`];
  const states: Record<string, object> = { [digest!]: indexFacts, [image]: imageFacts, [unread]: {} };
  const children = childrenIn(
    {
      read: (partition, keys) =>
        Promise.resolve(
          new Map(
            keys.map((key) => {
              expect(partition).toBe(partitionOf(key, 3));
              const facts = key === unread ? {} : { facts: { facts: states[key] } };
              return [key, { key, state: JSON.stringify({ received: {}, emitted: { answered: [], ...facts } }) }];
            }),
          ),
        ),
    },
    3,
  );
  expect(Object.fromEntries(await children([digest!, image, unread]))).toEqual({
    [digest!]: [childDigest],
    [image]: [],
  });
});
