import { expect, it } from 'vitest';
import type { TimelineEvent } from '../../client/answers.ts';
import { Terminal } from '../../terminal/terminal.ts';
import { timelineText } from './timeline.ts';

const terminal = new Terminal({ write: () => undefined }, { write: () => undefined }, {});
const event = (topic: string, repository: string, summary: string): TimelineEvent => ({
  topic,
  id: `${topic} ${repository}`,
  time: '2026-11-24T09:15:00.000Z',
  afterMs: 0,
  pushId: repository,
  repository,
  summary,
  depth: 1,
});
const eventsOf = (repository: string): TimelineEvent[] => [
  event('image.pushed', repository, `pushed ${repository}:1`),
  event('finding.classified', repository, 'classified healthy'),
];
const timelineOf = (...repositories: readonly string[]): string =>
  timelineText({ terminal }, 'sha256:ab', repositories.flatMap(eventsOf)).replaceAll(/\s+/g, ' ');

it('names the repository of each event if the image lies in several', () => {
  const several = timelineOf('team/web', 'web');
  for (const part of ['classified healthy [team/web]', 'classified healthy [web]', 'pushed web:1'])
    expect(several).toContain(part);
  expect(several).not.toContain('pushed web:1 [');
  expect(timelineOf('web')).not.toContain('[');
});
