import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { alertGroups, runbooks } from './rules.ts';

const page = readFileSync(resolve(import.meta.dirname, '../..', runbooks), 'utf8');

/** The sections of the page, by their heading. */
const sections = new Map(
  page
    .split(/\n### /)
    .slice(1)
    .map((section) => {
      const [heading = '', ...lines] = section.split('\n');
      return [heading, lines.join('\n').split('\n## ')[0]!] as const;
    }),
);

const alerts = alertGroups.flatMap(({ alerts: each }) => each);

/** The four questions that a runbook answers. */
const parts = ['Users notice', 'Look at', 'Do', 'Over when'];

const lacksOf = (section: string): string[] => parts.filter((part) => !section.includes(`\n- **${part}**: `));

describe('every alert', () => {
  it.each(alerts.map(({ name }) => name))('%s has a runbook that answers four questions', (name) => {
    expect(sections.has(name), `a heading "### ${name}" in ${runbooks}`).toBe(true);
    expect(lacksOf(sections.get(name)!)).toEqual([]);
  });

  it.each(alerts)('$name is tested at its fault, and just below', ({ fires, quiet, summary, description }) => {
    expect(fires.length).toBeGreaterThan(0);
    expect(quiet.length).toBeGreaterThan(0);
    for (const { alerts: expected } of fires) expect(expected.length).toBeGreaterThan(0);
    expect([summary, description].filter((text) => text.trim() === '')).toEqual([]);
  });

  it('has a name of its own', () => {
    expect(new Set(alerts.map(({ name }) => name)).size).toBe(alerts.length);
  });
});

describe('the page of runbooks', () => {
  it('has no alert that does not exist, and lists each at its head', () => {
    const names = new Set<string>(alerts.map(({ name }) => name));
    expect([...sections.keys()].filter((heading) => heading.startsWith('Assay') && !names.has(heading))).toEqual([]);
    const head = page.split('\n## ')[0]!;
    expect([...names].filter((name) => !head.includes(`[${name}](#${name.toLowerCase()})`))).toEqual([]);
  });

  it('has what no alert announces', () => {
    for (const task of [
      'A registry floods Assay',
      'One subscription uses all slots',
      'All of Kafka is lost',
      'A node or a zone is lost',
      'Rotate a secret',
      'Upgrade and roll back',
    ])
      expect(sections.has(task), task).toBe(true);
  });
});
