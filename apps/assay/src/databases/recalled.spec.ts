import { expect, it } from 'vitest';
import { recallText, untilObeyed } from './recalled.ts';

const digest = `sha256:${'1'.repeat(64)}`;
const now = Date.parse('2026-11-24T00:00:00Z');
const instead = { digest: `sha256:${'2'.repeat(64)}`, builtAt: '2026-11-15T00:00:00Z' };

it('a recall names beforehand what takes its place, and what images lose by that', () => {
  expect(recallText({ digest }, now)).toContain('not in use');
  const text = recallText({ digest, instead, consequences: { healthy: 1, closing: 9, changed: 2 }, silent: 3 }, now);
  expect(text).toMatch(/of 2026-11-15.* 9 days old, takes its place/);
  expect(text).toContain('By it 9 findings in 2 images are gone, and 1 images keep none');
  expect(text).toContain('3 partitions');
  expect(text).toContain('No image becomes healthy by one so old');
  expect(recallText({ digest, instead: { ...instead, builtAt: '2026-11-23T00:00:00Z' } }, now)).not.toContain('so old');
});

it('a recall ends when the gate obeys, or in words after a minute', async () => {
  const answers = [false, false, true];
  const lines: string[] = [];
  await untilObeyed(
    () => Promise.resolve(answers.shift()!),
    (line) => lines.push(line),
    () => Promise.resolve(),
  );
  expect([answers, lines.length]).toEqual([[], 2]);
  await expect(
    untilObeyed(
      () => Promise.resolve(false),
      () => undefined,
      () => Promise.resolve(),
    ),
  ).rejects.toMatchObject({
    reason: 'not-in-time',
  });
});
