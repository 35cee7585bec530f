import { describe, expect, it } from 'vitest';
import { definitionOf, validated, type AnyEvent, type EventDefinition, type FindingClassified, type RecommendationChanged, type ScanDeclined } from '@assay/events';
import { Asked, eventOf } from '@assay/testing';
import { assessmentKey, program } from './decide.ts';

const example = <Data>(topic: string): Data => definitionOf(topic)!.examples[1] as unknown as Data;
const { digest, ...scanExample } = example<FindingClassified>('finding.classified');

const classified = (data: Partial<FindingClassified> = {}, more: Partial<AnyEvent> = {}): AnyEvent => eventOf('finding.classified', digest, { ...scanExample, digest, ...data }, more);
const declined = (data: Partial<ScanDeclined> = {}, more: Partial<AnyEvent> = {}): AnyEvent => eventOf('scan.declined', digest, { ...example<ScanDeclined>('scan.declined'), ...data }, more);
const highs = (High: number) => ({ Critical: 0, High, Medium: 0, Low: 0, Unknown: 0 });
const healthy = { status: 'healthy', bySeverity: highs(0), fixable: 0 } as const;

const recommendation = () => new Asked(program, digest);
const said = (asked: ReturnType<typeof recommendation>) => asked.ask().map(({ data }) => data as RecommendationChanged);

describe('a recommendation', () => {
  it('is what was classified, as its contract asks', () => {
    const event = classified({}, { time: '2026-11-24T09:15:02.600Z', correlationid: 'push-1' });
    const asked = recommendation().hear(event);
    expect(asked.decide().says).toMatchObject([{ topic: 'recommendation.changed', cause: { id: event.id, correlationid: 'push-1' } }]);
    const [changed] = said(asked);
    validated(definitionOf('recommendation.changed') as EventDefinition, changed);
    expect(changed).toEqual({ ...example<RecommendationChanged>('recommendation.changed'), assessmentKey });
  });

  it('is what was declined', () => {
    const [changed] = said(recommendation().hear(declined()));
    validated(definitionOf('recommendation.changed') as EventDefinition, changed);
    expect(changed).toMatchObject({ verdict: 1, status: 'not-applicable', reason: 'windows-image', bySeverity: highs(0), fixable: 0, exempt: 0 });
    expect(changed).not.toHaveProperty('scanId');
    expect(changed).not.toHaveProperty('previous');
  });

  it('is said once, however often it is asked about and told', () => {
    const asked = recommendation().hear(classified());
    expect(said(asked)).toHaveLength(1);
    expect(said(asked)).toEqual([]);
    expect(said(asked.hear(classified()))).toEqual([]);
  });

  it.each<[string, Partial<FindingClassified>]>([
    ['scan', { verdict: 2 }], ['classification', { classification: 2 }], ['list of findings with the same counts', { verdict: 2, findings: [] }],
  ])('is not said again for another %s alone', (_, data) => {
    const asked = recommendation().hear(classified());
    said(asked);
    expect(said(asked.hear(classified(data)))).toEqual([]);
  });

  it.each<[string, Partial<FindingClassified>]>([
    ['status', healthy], ['reason', { reason: 'x' }], ['severity', { bySeverity: { ...highs(0), Critical: 1 } }], ['count', { bySeverity: highs(2) }], ['number of fixes', { fixable: 0 }], ['number of exemptions', { exempt: 1 }],
  ])('is said again for another %s, with the one before', (_, data) => {
    const asked = recommendation().hear(classified());
    said(asked);
    expect(said(asked.hear(classified({ verdict: 2, ...data })))).toMatchObject([{ verdict: 2, ...data, previous: { status: 'unhealthy', bySeverity: highs(1) } }]);
  });

  it('says since when its status holds, also when only the counts change', () => {
    const asked = recommendation();
    const at = (time: string, data: Partial<FindingClassified>) => said(asked.hear(classified(data, { time }))).map(({ since }) => since);
    expect(at('2026-11-24T10:00:00.000Z', {})).toEqual(['2026-11-24T10:00:00.000Z']);
    expect(at('2026-11-24T11:00:00.000Z', { classification: 2, bySeverity: highs(2) })).toEqual(['2026-11-24T10:00:00.000Z']);
    expect(at('2026-11-24T12:00:00.000Z', { classification: 3, ...healthy })).toEqual(['2026-11-24T12:00:00.000Z']);
    expect(at('2026-11-24T13:00:00.000Z', { classification: 4 })).toEqual(['2026-11-24T13:00:00.000Z']);
  });

  it('waits for the last page', () => {
    const asked = recommendation().hear(classified({ page: 1, pages: 2 }));
    expect(said(asked)).toEqual([]);
    expect(said(asked.hear(classified({ page: 2, pages: 2 })))).toHaveLength(1);
  });

  it('goes by the highest verdict, whichever topic brought it and whenever', () => {
    const asked = recommendation().hear(declined({ verdict: 3, reason: 'plan-disabled' }));
    expect(said(asked)).toMatchObject([{ verdict: 3, reason: 'plan-disabled' }]);
    expect(said(asked.hear(classified({ verdict: 2, classification: 9 })))).toEqual([]);
    expect(said(asked.hear(classified({ verdict: 4 }))).map(({ status, previous }) => [status, previous!.reason])).toEqual([['unhealthy', 'plan-disabled']]);
    expect(said(asked.hear(classified({ verdict: 4, classification: 3, ...healthy }), classified({ verdict: 4, classification: 2 })))).toMatchObject([{ status: 'healthy', classification: 3 }]);
  });

  it('ends with a deletion, and begins again with a push after it', () => {
    const asked = recommendation().hear(classified());
    said(asked);
    expect(said(asked.hear(declined({ verdict: 2, reason: 'image-deleted' })))).toMatchObject([{ status: 'not-applicable', reason: 'image-deleted', previous: { status: 'unhealthy' }, bySeverity: highs(0) }]);
    expect(said(asked.hear(declined({ verdict: 2, reason: 'image-deleted' })))).toEqual([]);
    expect(said(asked.hear(classified({ verdict: 3 })))).toMatchObject([{ status: 'unhealthy', previous: { status: 'not-applicable', reason: 'image-deleted' } }]);
  });

  it('is one of each placement', () => {
    const asked = recommendation().hear(classified(), classified({ repository: 'team/copy', ...healthy }));
    expect(said(asked).map(({ repository, status }) => [repository, status])).toEqual([['team/copy', 'healthy'], ['team/hello', 'unhealthy']]);
  });
});
