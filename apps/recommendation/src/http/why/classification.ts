import { at, scanFactsOf } from '@assay/events';
import { obstacles } from '@assay/verdict';
import type { LoggedEvent } from '@assay/read-model/intake/history';
import type { ImageEvents } from './image-events.ts';
import { summaryOf } from '@assay/read-model/intake/timeline';
import { agoText, counted, severityText, totalOf } from './phrases.ts';
import { appliedObstacles, evidenceOfScan, type AppliedObstacle } from './obstacles.ts';
import { step, type MayRead, type WhyStep } from './step.ts';

export const unclassified = (scan: LoggedEvent<'scan.completed'>, now: number): WhyStep =>
  step('classification', 'No classification yet', [`The scan ended ${agoText(scan.event.time, now)}.`], []);

export const classificationStep = (
  { scan, reassessed, rules, exemptions, kept }: ImageEvents,
  pages: readonly LoggedEvent<'finding.classified'>[],
  may: MayRead,
): WhyStep => {
  const { data, causationid } = at(pages, 0).event;
  const { status, reason, bySeverity, fixable, exempt, cause, basis, verdict, classification } = data;
  const active = totalOf(bySeverity);
  const head = scan && { ...at(scan, 0).event.data, ...(reassessed ? scanFactsOf(at(reassessed, 0).event.data) : {}) };
  const { applied, stands } = head
    ? appliedObstacles(evidenceOfScan(head, data), active)
    : { applied: [], stands: { status, ...(reason ? { reason } : {}) } };
  const changed = cause === 'rule' ? rules.find(({ event }) => event.id === causationid) : undefined;
  const differs = stands.status !== status || stands.reason !== reason;
  return {
    ...step(
      'classification',
      `Classified ${status}${reason ? `: ${reason}` : ''}`,
      [
        active > 0
          ? `${counted(active, 'finding')} that no rule disables: ${severityText(bySeverity)}; ${fixable} can be fixed.`
          : 'No finding counts.',
        ...exemptionText(exemptions, exempt, rules, may),
        ...kept.map(
          ({ day, findings }) =>
            `${counted(findings, 'finding')} kept: advisory removed on ${day}, waiting for the next database.`,
        ),
        ...(head
          ? obstacleText(applied, active, differs)
          : ['The log has no scan for it, so the obstacles cannot be shown.']),
        differs &&
          `By the obstacles of this release it is ${stands.status}${stands.reason ? `/${stands.reason}` : ''}: ` +
            `the event is by ${programIn(basis)}, and stands until the image is classified again.`,
        `Classified by ${programIn(basis)}, because of a ${cause}${changed ? `: ${summaryOf(changed.event)}` : ''} ` +
          `(classification ${classification} of verdict ${verdict}).`,
      ],
      pages,
    ),
    obstacles: applied,
    exemptions,
  };
};

const exemptionText = (
  exemptions: NonNullable<WhyStep['exemptions']>,
  exempt: number,
  rules: ImageEvents['rules'],
  may: MayRead,
): string[] => {
  if (exempt === 0) return ['No rule disables a finding.'];
  return exemptions.map(({ ruleId, findings }) => {
    const rule = may.rules ? rules.find(({ event }) => event.data.ruleId === ruleId)?.event.data : undefined;
    return (
      `The rule ${ruleId} disables ${counted(findings, 'finding')}` + (rule ? `: ${rule.reason} (by ${rule.by}).` : '.')
    );
  });
};

const programIn = (basis: readonly string[]): string =>
  basis.find((text) => text.startsWith('classifier/')) ?? 'an unnamed program';

const effects = { decided: ' (decides)', applied: '', outweighed: ' (outweighed by the findings)' } as const;

const obstacleText = (applied: readonly AppliedObstacle[], active: number, differs: boolean): string[] => {
  const decided = applied.find(({ effect }) => effect === 'decided');
  const head =
    applied.length === 0
      ? `None of the ${obstacles.length} obstacles to healthy applies.`
      : `Of the ${obstacles.length} obstacles to healthy ` +
        `${applied.length === 1 ? 'one applies' : `${applied.length} apply, in this order`}:`;
  const conclusion = decided
    ? `So the image is ${decided.status}: ${decided.reason} is the first obstacle that counts.`
    : active > 0
      ? 'So the image is unhealthy: it has a finding that no rule disables, and no obstacle outweighs that.'
      : 'So the image is healthy.';
  return [
    head,
    ...applied.map(({ reason, meaning, effect }) => `- ${reason}${effects[effect]}: ${meaning}`),
    ...(differs ? [] : [conclusion]),
  ];
};
