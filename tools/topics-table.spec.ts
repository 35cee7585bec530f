import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { channelOf, definitions, flow, type Step } from '@assay/events';

const document = readFileSync(new URL('../docs/events.md', import.meta.url), 'utf8');

const appsWith = (topic: string, ...parts: ('consumes' | 'config' | 'reads' | 'produces')[]): string =>
  (flow as readonly Step[])
    .filter((step) => parts.some((part) => (step[part] as readonly string[] | undefined)?.includes(channelOf(topic))))
    .map(({ app }) => app)
    .join(', ');

it('the table of topics in docs/events.md is the flow', () => {
  const rows = [...document.matchAll(/^\| `([\w.]+)`( \(published\))? \| ([^|]*) \| ([^|]*?) ?\| [^|]+ \|$/gm)].map(
    ([, topic, published, producers, consumers]) => ({ topic, published: !!published, producers, consumers }),
  );
  expect(rows).toEqual(
    definitions.map(({ topic, published }) =>
      topic === 'operator.acted'
        ? { topic, published, producers: 'every service', consumers: '' }
        : {
            topic,
            published,
            producers: appsWith(topic, 'produces'),
            consumers: appsWith(topic, 'consumes', 'config', 'reads'),
          },
    ),
  );
  const all = flow.map(({ app }) => app).join(', ');
  expect([appsWith('operator.acted', 'produces'), appsWith('operator.acted', 'config')]).toEqual([all, all]);
});
