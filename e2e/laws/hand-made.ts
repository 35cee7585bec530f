import { inOrder, nameOf, sumOf, type SetEntry } from './entries.ts';
import { LawJudge, type LawFault } from './judge.ts';
import { fence, mark as markType, type ReadRecord } from './records.ts';

const digestOf = (n: number | string): string => `sha256:${String(n).padStart(64, '0')}`;

export const image = digestOf('a');
/** The build of the scanner that gives all results, and another one. */
export const build = digestOf('e');
export const otherBuild = digestOf('f');
/** When databases were built of which that is known, by the hour. */
const built: Readonly<Record<number, string>> = { 8: '24T00', 9: '24T06', 10: '25T05', 11: '25T06' };
export const database = (n: number): { digest: string; builtAt?: string } => ({
  digest: digestOf(n),
  ...(built[n] ? { builtAt: `2026-11-${built[n]}:00:00Z` } : {}),
});

/** A finding of the image, by its letter. */
export const finding = (letter: string, more: Partial<SetEntry> = {}): SetEntry => ({
  vulnerability: `CVE-${letter}`,
  packageType: 'debian',
  package: 'libc6',
  installedVersion: '1',
  severity: 'High',
  ...more,
});

const classified = (entry: SetEntry): SetEntry => ({
  severityRule: 'scanner',
  state: 'active',
  firstSeenAt: 'now',
  ...entry,
});

/** The findings that the nth database gives: one letter for each. The last ones lack an advisory. */
const gives: Readonly<Record<number, string>> = {
  4: 'AB',
  5: 'ABX',
  6: 'AB',
  7: 'AC',
  8: 'AB',
  9: 'A',
  10: 'A',
  11: 'A',
};
export const by = (n: number): SetEntry[] => [...gives[n]!].map((letter) => finding(letter));
export const shownBy = (n: number): SetEntry[] => by(n).map(classified);

/** Positions of entries in the canonical order of a set. */
const positions = (base: readonly SetEntry[], gone: readonly SetEntry[]): number[] => {
  const names = new Set(gone.map(nameOf));
  return inOrder(base).flatMap((entry, at) => (names.has(nameOf(entry)) ? [at] : []));
};

/** The fields of a change from one set to another. */
export const change = (from: readonly SetEntry[], to: readonly SetEntry[]): object => {
  const [before, after] = [from, to].map((set) => new Set(set.map(nameOf)));
  const removed = positions(
    from,
    from.filter((entry) => !after!.has(nameOf(entry))),
  );
  return {
    content: 'change',
    set: sumOf(to),
    ...(removed.length > 0 ? { removed } : {}),
    findings: to.filter((entry) => !before!.has(nameOf(entry))),
  };
};

export const whole = (set: readonly SetEntry[]): object => ({ content: 'set', set: sumOf(set), findings: set });

export const registry = '/registries/one';
const places = { P: [registry, 'team/app'], Q: [registry, 'team/copy'], R: ['/registries/two', 'team/app'] } as const;
type PlaceName = keyof typeof places;
interface Answer {
  readonly place?: PlaceName;
  readonly digest?: string;
  readonly verdict?: number;
  readonly [field: string]: unknown;
}

/** A log of one partition, written by hand. Records are numbered in their order, but for those that are given one. */
export class HandMadeLog {
  readonly records: ReadRecord[] = [];
  readonly #counts = new Map<string, number>();
  #epoch = 1;

  /** @param program the build that counts from then on */
  announce(n: number, program?: string): this {
    return this.#add('advisories.updated', 'assay.advisories.updated.v1', {
      scanner: 'x',
      database: database(n),
      ...(program === undefined ? {} : { program: { digest: program } }),
    });
  }

  /** An operator recalls a build of the scanner. */
  recall(digest: string): this {
    return this.#recall(`scanner/${digest}`);
  }

  /** An operator recalls a database. */
  recallDatabase(n: number): this {
    return this.#recall(`database/${database(n).digest}`);
  }

  #recall(target: string): this {
    return this.#add('operator.acted', 'assay.operator.acted.v1', { command: 'recall', outcome: 'ordered', target });
  }

  approve(verdict: number, place: PlaceName = 'P', digest = image): this {
    return this.#verdict('scan.approved', verdict, place, digest);
  }

  decline(verdict: number, place: PlaceName = 'P', digest = image): this {
    return this.#verdict('scan.declined', verdict, place, digest);
  }

  complete({ place = 'P', digest = image, verdict = 1, ...fields }: Answer): this {
    const data = {
      ...this.#placed(place, digest),
      scanId: `scan ${place} ${verdict}`,
      verdict,
      page: 1,
      pages: 1,
      outcome: 'succeeded',
      form: 1,
      scanner: { digest: build },
      findings: [],
      ...fields,
    };
    return this.#add('scan.completed', 'assay.scan.completed.v1', data);
  }

  reassess({ digest = image, ...fields }: Answer): this {
    const data = { digest, page: 1, pages: 1, form: 1, scanner: { digest: build }, findings: [], ...fields };
    return this.#add('scan.completed', 'assay.scan.reassessed.v1', data);
  }

  /** @param id its `ce_id` */
  classify(id: string, { place = 'P', digest = image, ...fields }: Answer, sequence?: string): this {
    const data = {
      ...this.#placed(place, digest),
      page: 1,
      pages: 1,
      verdict: 1,
      status: 'unhealthy',
      scanner: { digest: build },
      basis: [],
      exempt: 0,
      findings: [],
      ...fields,
    };
    return this.#add('finding.classified', 'assay.finding.classified.v1', data, id, sequence);
  }

  /**
   * @param announced by its place among the announcements
   * @param except digests of images, and ids of registries
   */
  mark(
    topic: 'scan.completed' | 'finding.classified',
    n: number,
    announced: number,
    except: readonly string[] = [],
  ): this {
    return this.#add(topic, markType, {
      scanner: 'x',
      database: database(n),
      announced,
      except: except.filter((each) => each.startsWith('sha256:')).map((digest) => ({ digest, reason: 'halted' })),
      registries: except
        .filter((each) => !each.startsWith('sha256:'))
        .map((registryId) => ({ registryId, reason: 'registry-denied' })),
    });
  }

  /** Both marks, with nothing in between. */
  marks(n: number, announced: number, except: readonly string[] = []): this {
    return this.mark('scan.completed', n, announced, except).mark('finding.classified', n, announced, except);
  }

  /** A record of the topic with results that is none. */
  poison(): this {
    return this.#add('scan.completed', 'assay.other.v1', {});
  }

  /** An operator has the classifier leave out the record at an offset of `scan.completed`. */
  drop(offset: number): this {
    return this.act('drop', 'dropped', offset, image);
  }

  /** An operator or the classifier acts on the record at an offset of `scan.completed`. */
  act(command: string, outcome: string, offset: number, key?: string): this {
    return this.#add('operator.acted', 'assay.operator.acted.v1', {
      command,
      outcome,
      target: `classifier/scan.completed/0/${offset}`,
      details: { key },
    });
  }

  /** Another owner takes over: it shuts out what earlier owners still append. */
  fence(): this {
    this.#epoch += 1;
    for (const topic of ['scan.completed', 'finding.classified']) this.#add(topic, fence, {});
    return this;
  }

  #verdict(topic: string, verdict: number, place: PlaceName, digest: string): this {
    return this.#add(topic, `assay.${topic}.v1`, { ...this.#placed(place, digest), verdict });
  }

  #placed(place: PlaceName, digest: string): object {
    const [registryId, repository] = places[place];
    return { registryId, repository, digest };
  }

  #add(topic: string, type: string, data: object, id?: string, sequence?: string): this {
    const offset = this.#counts.get(topic) ?? 0;
    this.#counts.set(topic, offset + 1);
    const number = this.records.length + 1;
    this.records.push({
      topic,
      partition: 0,
      offset,
      headers: { ce_type: type, ce_id: id ?? `${number}`, ce_sequence: sequence ?? `${this.#epoch}.${number}` },
      value: JSON.stringify(data),
    });
    return this;
  }
}

/** Judges every prefix of a log, and its end. The truth is that of the databases above, for every image. */
export const judgedLog = (
  { records }: HandMadeLog,
  { isAssessed }: { isAssessed?: (digest: string, database: string, build: string) => boolean } = {},
): LawFault[] => {
  const judge = new LawJudge({
    found: (_, digest) => by(Number(digest.slice('sha256:'.length))),
    isEndOfLife: () => undefined,
    isUncovered: () => undefined,
    isAssessed: isAssessed ?? (() => true),
  });
  return [...records.flatMap((record) => judge.take(record)), ...judge.atEnd(() => true)];
};
