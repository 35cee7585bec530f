import { numberText } from '../../text/format.ts';
import { plural } from '../../texts.ts';

/** The texts of the page Exemptions and of its dialog. */
export const exemptionTexts = {
  make: 'Make the rule',
  makeFrom: 'Make an exemption…',
  new: 'New…',
  newTitle: 'New exemption',
  preview: 'Preview',
  previewFirst: 'The preview changes nothing.',
  effect: (findings: number, images: number) =>
    findings === 0 ? 'Hides nothing now' : `Hides ${plural(findings, 'finding')} in ${plural(images, 'image')}`,
  wider: 'The rule covers more than the image that you came from.',
  more: (images: number) => `and ${plural(images, 'image')} more`,
  shows: (findings: number) => `${plural(findings, 'finding')} that the rule of this name hides now will count again.`,
  sameStatuses: 'No image changes its status.',
  images: (count: number) => plural(count, 'image'),
  gateChanges: (count: number) => `The gate answers differently for ${plural(count, 'image')}:`,
  q: 'Name, vulnerability, reason',
  hidden: (count: number) => plural(count, 'finding'),
  hiddenNow: (count: number) => ` · ${plural(count, 'finding')} hidden`,
  never: 'never',
  expired: 'expired',
  in: (span: string) => `in ${span}`,
  below: (severity: string) => `below ${severity.toLowerCase()}`,
  cvssBelow: (score: number) => `CVSS below ${score}`,
  onlyFixable: 'only with a fix',
  onlyUnfixable: 'until a fix exists',
  inImages: (count: number) => `in ${plural(count, 'image')}`,
  scopeOfSubscription: (name: string) => `Subscription ${name}`,
  scopeOfRegistry: (name: string) => `Registry ${name}`,
  query: 'Query for these findings',
  history: 'History',
  withFix: 'Of these with a fix',
  look: {
    fixable: (count: number) => `${numberText(count)} now fixable`,
    idle: () => 'hides nothing',
  },
  lookMeaning: {
    fixable: (count: number) =>
      count === 1
        ? 'A version that fixes one of these findings is published. Upgrade, then remove the rule.'
        : `Versions that fix ${numberText(count)} of these findings are published. Upgrade, then remove the rule.`,
    idle: () => 'It hides nothing any more: its findings are gone, or another rule hides them. It can be removed.',
  },
  whyRemove: 'Why is it removed?',
  remove: (count: number) => (count === 0 ? 'Remove' : `Remove: ${plural(count, 'finding')} count again`),
  states: {
    '': 'All',
    'in-force': 'In force',
    'look-again': 'Look again',
    ending: 'Ends within 14 days',
    endless: 'Never ends',
    expired: 'Expired',
  },
  columns: {
    name: 'Name',
    hides: 'Hides',
    now: 'Now',
    criteria: 'Findings',
    scope: 'Scope',
    why: 'By, why',
    by: 'By',
    since: 'Since',
    ends: 'Ends',
  },
  fields: {
    name: 'Name',
    vulnerabilities: 'Vulnerabilities',
    scope: 'Scope',
    onlyImage: 'Only in this image',
    untilFixable: 'Only until a fix exists',
    severityBelow: 'Severity',
    reason: 'Reason',
    expires: 'Ends after',
  },
  hints: {
    vulnerabilities: 'One a line. Empty for all that the other criteria match.',
    reason: 'For the audit trail: why is this acceptable?',
  },
  problems: {
    name: 'The name has letters, digits, dots and dashes, at most 64.',
    criteria: 'Name vulnerabilities, or another criterion.',
    reason: 'Give a reason.',
    expires: 'The last day is in the past.',
  },
  empty: {
    title: 'No findings are hidden',
    text: 'A rule hides findings that you accept, with a reason and an end. Select findings of an image to make one.',
  },
} as const;
