import { describe, expect, it } from 'vitest';
import type { SetEntry } from './entries.ts';
import { isBeyondLimits, OfferJudge, type LossContent, type LossesOf, type OfferFault } from './offers.ts';

const limits = { packages: 2, findingsPercent: 10, healthyPercent: 5, weakenedPercent: 10 };
const [inUse, next, other, lesser] = ['sha256:0001', 'sha256:0002', 'sha256:0003', 'sha256:0004'];

const answer = (fields: Partial<LossContent> = {}): LossContent => ({
  images: 1,
  findings: 4,
  closing: 0,
  changed: 0,
  healthy: 0,
  uncovered: 0,
  weakened: 0,
  lowered: 0,
  raised: 0,
  packages: [],
  ...fields,
});
const losing = (name: string, closing: number, loses = 'all'): LossContent['packages'][number] => ({
  bucket: 'debian 13',
  package: name,
  closing,
  loses,
});

const entryOf = (letter: string): SetEntry => ({
  vulnerability: `CVE-${letter}`,
  packageType: 'debian',
  package: 'libc6',
  installedVersion: '1',
  severity: 'High',
});

/** The sum of two answers of `answer()` and of one with fields. */
const summed = (fields: Partial<LossContent> = {}): LossContent => answer({ images: 2, findings: 8, ...fields });

/** Four findings of an image in each partition. */
const entries = [...'ABCD'].map((letter) => entryOf(letter));
const standing = new Map([0, 1].map((partition) => [partition, new Map([[`image ${partition}`, entries]])]));

/** Each database takes the advisory of the first finding away, except from one that lacks it itself. */
const losses: LossesOf = (before) => ({
  isNone: before === lesser,
  closes: ({ vulnerability }) => vulnerability === 'CVE-A',
});

/** A log of offers, on two partitions with an image each. */
class Log {
  readonly faults: OfferFault[] = [];
  readonly #judge = new OfferJudge(limits, 2, losses);
  #offers = 0;

  state(state: string, consequences?: LossContent, digest = next): this {
    this.#offers += state === 'offered' ? 1 : 0;
    const content = { database: { digest }, before: inUse, state, ...(consequences ? { consequences } : {}) };
    return this.#said(this.#judge.offered(`offer ${this.#offers}`, content, standing));
  }

  answers(partition: number, content = answer(), offer = `offer ${this.#offers}`): this {
    return this.#said(this.#judge.weighed({ ...content, offer, partition }));
  }

  release(digest = next): this {
    this.#judge.released(digest);
    return this;
  }

  announce(before = inUse, digest = next): this {
    return this.#said(this.#judge.announced(digest, before));
  }

  get laws(): readonly string[] {
    return this.faults.map(({ law }) => law);
  }

  #said(faults: readonly OfferFault[]): this {
    this.faults.push(...faults);
    return this;
  }
}

const offered = (): Log => new Log().state('offered');
const answered = (fields: Partial<LossContent> = {}): Log => offered().answers(0, answer(fields)).answers(1);
const hole = { uncovered: 1 };
const held = (): Log => answered(hole).state('held', summed(hole));

describe('of offers, it holds that', () => {
  it.each([
    ['a database that takes nothing away is used', answered().state('used', summed()).announce()],
    [
      'the last answer of a partition counts',
      answered()
        .answers(1, answer({ findings: 5 }))
        .state('used', answer({ images: 2, findings: 9 }))
        .announce(),
    ],
    ['an answer may come while it is decided', answered(hole).answers(0).state('held', summed(hole))],
    ['one that is held is released', held().release().state('used').announce()],
    ['a silent partition means held', offered().answers(0).state('held', answer())],
    ['a silent partition means held, also if it answers then', offered().answers(0).state('held', answer()).answers(1)],
    ['a decision that arrives late means nothing', answered().state('used', summed()).state('held').announce()],
    [
      'one that was refused is offered again',
      held().state('refused').state('offered').answers(0).answers(1).state('used', summed()).announce(),
    ],
    ['another one is no matter of it', held().announce(inUse, other)],
    ['one that is only offered takes nothing from the one in use by then', answered().announce(lesser)],
    ['one that is held takes nothing from the one in use by then', held().announce(lesser)],
    ['one is announced again later', answered().state('used', summed()).announce().announce(other)],
  ])('%s', (_, log) => {
    expect(log.faults).toEqual([]);
  });

  it.each([
    ['offered', 'one is announced that is only offered', answered().announce()],
    ['offered', 'one is announced that is held', held().announce()],
    ['offered', 'one is announced that was refused', held().state('refused').announce()],
    ['offered', 'one is announced that was refused, and takes nothing', held().state('refused').announce(lesser)],
    ['offered', 'one is announced that is only offered, and takes from the one in use', answered().announce(other)],
    [
      'offered',
      'one is released before it is held',
      answered(hole).release().state('held', summed(hole)).state('used'),
    ],
    ['offered', 'one that is held is used without an order', held().state('used', summed(hole))],
    ['offered', 'one is released in place of another', held().release(other).state('used')],
    ['offered', 'one was not offered', new Log().state('used', summed())],
    ['offered', 'a partition is silent', offered().answers(0).state('used', answer())],
    ['offered', 'a partition was silent until then', offered().answers(0).state('used', answer()).answers(1)],
    ['offered', 'it is beyond the limits', answered(hole).state('used', summed(hole))],
    ['offered', 'another one is in use by then', answered().state('used', summed()).announce(other)],
    ['weighed', 'it is used for another sum', answered(hole).state('used', summed())],
    ['weighed', 'it is held for another sum', answered().state('held', summed(hole))],
    ['weighed', 'it is held for nothing', answered().state('held', summed())],
    ['weighed', 'an answer leaves an image out', offered().answers(0, answer({ images: 0 }))],
    ['weighed', 'an answer is about no offer', offered().answers(0, answer(), 'another')],
    ['weighed', 'an answer is about no partition', offered().answers(2)],
  ])('the law %s is broken if %s', (law, _, log) => {
    expect(log.laws).toEqual([law]);
  });
});

it.each([
  ['nothing', {}, false],
  ['an image without advisories', { uncovered: 1 }, true],
  ['two packages that lose all', { packages: [losing('a', 1), losing('b', 1)] }, false],
  ['three packages that lose all', { packages: [losing('a', 1), losing('b', 1), losing('c', 1)] }, true],
  ['eight packages that lose some', { packages: [...'abcdefgh'].map((name) => losing(name, 1, 'some')) }, false],
  ['nine packages that lose some', { packages: [...'abcdefghi'].map((name) => losing(name, 1, 'some')) }, true],
  ['ten findings', { findings: 12, closing: 10 }, false],
  ['eleven findings of a hundred and ten', { findings: 110, closing: 11 }, false],
  ['eleven findings of a hundred', { findings: 100, closing: 11 }, true],
  ['eleven findings, of one package', { findings: 100, closing: 11, packages: [losing('a', 1)] }, false],
  ['eleven images of two hundred', { images: 200, healthy: 11 }, true],
  ['eleven images of two hundred and twenty', { images: 220, healthy: 11 }, false],
  ['eleven findings that are weaker', { findings: 100, weakened: 11 }, true],
  ['eleven findings that are rated lower', { findings: 100, lowered: 11 }, true],
  [
    'eleven findings that are rated lower, and one that is rated higher',
    { findings: 100, lowered: 11, raised: 1 },
    false,
  ],
] as const)('is beyond the limits: %s, %j, %s', (_, fields, isBeyond) => {
  expect(isBeyondLimits(answer(fields), limits)).toBe(isBeyond);
});

describe('an answer is unfounded', () => {
  const weighed = (fields: Partial<LossContent>, later?: string) => {
    const judge = new OfferJudge(limits, 2, losses);
    judge.offered('offer', { database: { digest: next }, before: inUse, state: 'offered' }, standing);
    judge.weighed({ ...answer(fields), offer: 'offer', partition: 0 });
    if (later !== undefined) judge.resulted(0, 'image 0', [...later].map(entryOf));
    return judge.atEnd().map(({ law }) => law);
  };

  it.each([
    ['if it has all', { closing: 1 }, undefined, []],
    ['if it has the result that the log has later', { findings: 2, closing: 0 }, 'BC', []],
    ['if it leaves a loss out', { closing: 0 }, undefined, ['weighed']],
    ['if it leaves a loss out, and a later result has it too', { closing: 0 }, 'AB', ['weighed']],
    ['if it leaves findings out', { findings: 3, closing: 1 }, undefined, ['weighed']],
    ['if it has more than there are', { findings: 5, closing: 1 }, 'ABC', ['weighed']],
    ['if more close than can', { closing: 2 }, undefined, ['weighed']],
  ])('or not, %s', (_, fields, later, expected) => {
    expect(weighed(fields, later)).toEqual(expected);
  });
});
