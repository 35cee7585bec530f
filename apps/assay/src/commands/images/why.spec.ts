import { describe, expect, it } from 'vitest';
import type { WhyPlaceAnswer, WhyStepAnswer } from '../../client/answers.ts';
import { Terminal } from '../../terminal/terminal.ts';
import { whyText } from './why.ts';

const sink = { write: () => undefined };
const terminal = new Terminal(sink, sink, {});
const step = (title: string, details: readonly string[] = [], time?: string): WhyStepAnswer => ({
  step: 'scan',
  title,
  details,
  ...(time === undefined ? {} : { time }),
  events: [],
});
const place = (changes: Partial<WhyPlaceAnswer> = {}): WhyPlaceAnswer => ({
  subscriptionId: 's',
  loginServer: 'myreg.test',
  repository: 'team/web',
  digest: 'sha256:ab',
  tags: ['1', '2'],
  status: 'healthy',
  steps: [step('Scanned', ['By trivy.'], '2026-11-24T09:15:02.300Z'), step('No classification yet', ['Just now.'])],
  ...changes,
});
const shown = (...places: readonly WhyPlaceAnswer[]): string => whyText(terminal, { digest: 'sha256:ab', places });

describe('the explanation of a status', () => {
  it('has the steps in order, with the time of those that happened', () =>
    expect(shown(place())).toBe(
      [
        'team/web:1, 2  healthy',
        '  sha256:ab',
        '  in myreg.test/team/web',
        '',
        '  Times are UTC, 2026-11-24.',
        '',
        '09:15:02.300  Scanned',
        '              By trivy.',
        '',
        '              No classification yet',
        '              Just now.',
      ].join('\n'),
    ));

  it('names the day of each step if there are several', () => {
    const text = shown(
      place({ steps: [step('A', [], '2026-11-24T09:15:02.300Z'), step('B', [], '2026-11-25T01:00:00.000Z')] }),
    );
    expect(text).toContain('2026-11-24 09:15:02  A');
    expect(text).toContain('2026-11-25 01:00:00  B');
    expect(text).toContain('Times are UTC.');
  });

  it('wraps long lines below their beginning, and keeps each detail on lines of its own', () => {
    const text = shown(place({ steps: [step('A', [`- ${'word '.repeat(40)}end\nINFO forged`])] }));
    const lines = text.split('\n').slice(7);
    expect(lines.length).toBeGreaterThan(2);
    expect(lines[0]).toMatch(/^ {14}- word/);
    for (const line of lines.slice(1)) expect(line).toMatch(/^ {16}\S/);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(terminal.width);
  });

  it('cuts a text of an image that is too long to read', () => {
    const text = shown(place({ steps: [step('A', ['x'.repeat(2_000)])] }));
    expect(text.length).toBeLessThan(1_400);
    expect(text.trimEnd()).toMatch(/x…$/);
  });

  it('prints the images of an index below it, also one without any event', () => {
    const text = shown(
      place({
        tags: [],
        children: [
          {
            digest: 'sha256:cd',
            kind: 'image',
            os: 'linux',
            architecture: 'arm64',
            place: place({ status: 'undetermined', reason: 'no-packages' }),
          },
          { digest: 'sha256:ef', kind: 'image' },
          { digest: 'sha256:12', kind: 'attestation', leftOut: 'image-deleted', place: place() },
          { digest: 'sha256:34', kind: 'image', unclear: 'platform-unclear', place: place() },
        ],
      }),
    );
    expect(text).toContain('linux/arm64 of team/web  undetermined (no-packages)\n  sha256:ab');
    expect(text).toContain('image of team/web\n  sha256:ef\n  No event about it has arrived yet.');
    expect(text).toContain(
      'attestation of team/web\n  sha256:12\n' +
        '  Left out of the status of the index: image-deleted.\n\nimage of team/web',
    );
    expect(text).toContain('The index and its manifest do not fit together: platform-unclear.');
  });

  it('refers to parked events', () =>
    expect(whyText(terminal, { digest: 'sha256:ab', places: [place()], parked: [{}] })).toContain(
      '1 of its events is parked: see `assay parked`.',
    ));
});
