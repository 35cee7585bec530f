import { renderToStaticMarkup } from 'react-dom/server';
import { describe, expect, it } from 'vitest';
import { Severity, SeverityBar } from './severity.tsx';
import { Status } from './status.tsx';

const kindOf = (status: string): string | undefined =>
  /data-kind="([^"]+)"/.exec(renderToStaticMarkup(<Status of={status} />))?.[1];

describe('a status', () => {
  it('is green for the word `healthy` alone', () => {
    expect(kindOf('healthy')).toBe('healthy');
    for (const other of ['Healthy', 'healthy ', 'unhealthy', 'undetermined', 'clean', '', 'constructor', '__proto__'])
      expect(kindOf(other), other).not.toBe('healthy');
  });

  it.each([
    ['healthy', '✓'],
    ['unhealthy', '✗'],
    ['undetermined', '?'],
    ['not-applicable', '–'],
    ['queued', '…'],
    ['scanning', '…'],
    ['a-new-one', '·'],
  ])('%s has the shape %s besides its colour, and its word', (status, sign) => {
    const markup = renderToStaticMarkup(<Status of={status} />);
    expect(markup).toContain(`>${sign}<`);
    expect(markup).toContain(status === 'not-applicable' ? 'not applicable' : status);
  });

  it('shows a reason as text', () => {
    expect(renderToStaticMarkup(<Status of="undetermined" reason={'<b>\u001b'} />)).toContain(
      '<bdi>&lt;b&gt;\uFFFD</bdi>',
    );
  });
});

describe('severities', () => {
  it('that are not known are not drawn as zero', () => {
    expect(renderToStaticMarkup(<SeverityBar counts={undefined} isLong />)).not.toMatch(/svg|0/);
  });

  it('are read out with their numbers', () => {
    const counts = { Critical: 6, High: 98, Medium: 0, Low: 0, Unknown: 1 };
    expect(renderToStaticMarkup(<SeverityBar counts={counts} />)).toContain(
      'aria-label="6 critical, 98 high, 1 unknown"',
    );
  });

  it('of a later API are shown by their word', () => {
    expect(renderToStaticMarkup(<Severity of="Catastrophic" />)).toContain('Catastrophic');
  });
});
