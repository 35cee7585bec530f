import { describe, expect, it } from 'vitest';
import { sumOf, type SetEntry } from './entries.ts';
import {
  build,
  by,
  change,
  database,
  finding,
  HandMadeLog,
  image,
  judgedLog,
  otherBuild,
  registry,
  shownBy,
  whole,
} from './hand-made.ts';

const other = image.replace('a', 'b');

/** One image that was pushed, scanned with database 4 and classified. */
const scanned = (): HandMadeLog =>
  new HandMadeLog()
    .announce(4)
    .approve(1)
    .complete({ result: 1, database: database(4), ...whole(by(4)) })
    .classify('c1', { classification: 1, result: 1, database: database(4), ...whole(shownBy(4)) });

const base = (id: string, classification: number, verdict = 1): object => ({ base: { id, verdict, classification } });

/** Database 5 is announced, and the image has one finding more. */
const reassessed = (log = scanned()): HandMadeLog =>
  log.announce(5).reassess({ result: 2, database: database(5), ...change(by(4), by(5)) });
const followed = (log = reassessed()): HandMadeLog =>
  log.classify('c2', {
    classification: 2,
    result: 2,
    database: database(5),
    ...base('c1', 1),
    ...change(shownBy(4), shownBy(5)),
  });

const exempted = (entries: readonly SetEntry[], letters: string): SetEntry[] =>
  entries.map((entry) =>
    letters.includes(entry.vulnerability.slice(4)) ? { ...entry, state: 'exempt', ruleId: 'accepted' } : entry,
  );

/** A second approval that ends without a result, by the newest database. */
const failed = (code: string): HandMadeLog =>
  scanned()
    .approve(2)
    .complete({ verdict: 2, outcome: 'failed', reason: code, content: 'none', database: database(4) })
    .classify('c2', {
      verdict: 2,
      classification: 1,
      status: 'undetermined',
      reason: `failed/${code}`,
      database: database(4),
      ...whole([]),
    });

/** The log with a classification that changes nothing but the database. */
const restated = (log: HandMadeLog): HandMadeLog =>
  log.classify('c2', {
    classification: 2,
    result: 1,
    database: database(6),
    ...base('c1', 1),
    ...change(shownBy(4), shownBy(4)),
  });

/** The findings by database 9, with the one that it misses. */
const kept: readonly SetEntry[] = [
  shownBy(8)[0]!,
  { ...shownBy(8)[1]!, advisoryRemoved: { at: 'then', database: database(9).digest } },
];
/** Database 9 lacks an advisory of the image. */
const missed = (shown: readonly SetEntry[] = kept, isLost = false): HandMadeLog =>
  (isLost ? new HandMadeLog().act('park', 'parked', 7, image).act('drop', 'ordered', 7) : new HandMadeLog())
    .announce(8)
    .approve(1)
    .complete({ result: 1, database: database(8), ...whole(by(8)) })
    .classify('c1', { classification: 1, result: 1, database: database(8), ...whole(shownBy(8)) })
    .announce(9)
    .reassess({ result: 2, startedAt: 'then', database: database(9), ...change(by(8), by(9)) })
    .classify('c2', { classification: 2, result: 2, database: database(9), ...whole(shown) })
    .marks(9, 1);
/** The mark of another database that lacks it, and what is shown then. */
const marked = (n: number, shown?: readonly SetEntry[]): HandMadeLog => {
  const log = missed().announce(n).marks(n, 2);
  return shown ? log.classify('c3', { classification: 3, result: 2, database: database(n), ...whole(shown) }) : log;
};

describe('a log that keeps the laws', () => {
  it.each<[string, HandMadeLog]>([
    ['with one scan', scanned()],
    ['with a reassessment that changes findings, and its mark', followed().marks(5, 1)],
    ['with a reassessment that changes nothing: its mark is all that is published', scanned().announce(6).marks(6, 1)],
    [
      'with a change of the head alone',
      scanned()
        .announce(6)
        .reassess({ result: 2, database: database(6), warnings: ['cut'], ...change(by(4), by(4)) })
        .classify('c2', {
          classification: 2,
          result: 2,
          database: database(6),
          ...base('c1', 1),
          ...change(shownBy(4), shownBy(4)),
        })
        .marks(6, 1),
    ],
    [
      'with a second placement of the digest, whose first answer is whole while the other is told a change',
      followed()
        .approve(1, 'Q')
        .complete({
          place: 'Q',
          result: 2,
          database: database(5),
          content: 'none',
          set: sumOf(by(5)),
          joinedScanId: 'x',
        })
        .classify('d1', { place: 'Q', classification: 1, result: 2, database: database(5), ...whole(shownBy(5)) })
        .marks(5, 1),
    ],
    [
      'with a scan that ends with an older database, and is answered as joined to the newer result',
      followed()
        .approve(2)
        .complete({ verdict: 2, result: 2, database: database(5), content: 'none', set: sumOf(by(5)) })
        .classify('c3', {
          verdict: 2,
          classification: 1,
          result: 2,
          database: database(5),
          ...base('c2', 2),
          ...change(shownBy(5), shownBy(5)),
        }),
    ],
    [
      'with what a fenced owner appends too late',
      followed(
        scanned()
          .fence()
          .classify(
            'late',
            { classification: 2, result: 1, database: database(4), ...base('c1', 1), ...change(shownBy(4), []) },
            '1.99',
          )
          .announce(5)
          .reassess({ result: 2, database: database(5), ...change(by(4), by(5)) }),
      ),
    ],
    [
      'with pages that do not all come, and a whole set after them',
      reassessed()
        .classify('half', {
          classification: 2,
          pages: 2,
          result: 2,
          database: database(5),
          ...base('c1', 1),
          ...change(shownBy(4), shownBy(5)),
        })
        .fence()
        .classify('c2', { classification: 2, result: 2, database: database(5), ...whole(shownBy(5)) }),
    ],
    [
      'with a whole set after a decline',
      scanned()
        .decline(2)
        .approve(3)
        .complete({
          verdict: 3,
          result: 1,
          database: database(4),
          content: 'none',
          set: sumOf(by(4)),
          afterDecline: true,
        })
        .classify('c2', {
          verdict: 3,
          classification: 1,
          result: 1,
          database: database(4),
          ...whole(shownBy(4)),
        }),
    ],
    [
      'with a failure, and a whole set after it',
      scanned()
        .approve(2)
        .complete({ verdict: 2, outcome: 'timed-out', content: 'none', database: database(4) })
        .classify('c2', {
          verdict: 2,
          classification: 1,
          status: 'undetermined',
          reason: 'timed-out',
          database: database(4),
          ...whole([]),
        })
        .complete({ verdict: 2, result: 2, database: database(4), ...whole(by(4)) })
        .classify('c3', {
          verdict: 2,
          classification: 2,
          result: 2,
          database: database(4),
          ...whole(shownBy(4)),
        }),
    ],
    [
      'with a rule that is told by positions',
      scanned().classify('c2', {
        classification: 2,
        result: 1,
        database: database(4),
        ...base('c1', 1),
        content: 'change',
        ruled: [{ state: 'exempt', ruleId: 'accepted', at: [1] }],
        set: sumOf(exempted(shownBy(4), 'B')),
      }),
    ],
    [
      'with another time of the first sighting',
      scanned().classify('c2', {
        classification: 2,
        result: 1,
        database: database(4),
        content: 'set',
        set: sumOf(shownBy(4)),
        findings: shownBy(4).map((entry) => ({ ...entry, firstSeenAt: 'later' })),
      }),
    ],
    [
      'with a database that is bad, and going back to the one before it',
      followed()
        .marks(5, 1)
        .announce(4)
        .reassess({ result: 3, database: database(4), ...change(by(5), by(4)) })
        .classify('c3', {
          classification: 3,
          result: 3,
          database: database(4),
          ...base('c2', 2),
          ...change(shownBy(5), shownBy(4)),
        })
        .marks(4, 2),
    ],
    [
      'with an image in a registry that the mark excepts, and in another one where it is assessed',
      scanned()
        .approve(1, 'R')
        .complete({ place: 'R', result: 1, database: database(4), content: 'none', set: sumOf(by(4)) })
        .classify('r1', { place: 'R', classification: 1, result: 1, database: database(4), ...whole(shownBy(4)) })
        .announce(6)
        .marks(6, 1, [registry])
        .reassess({ result: 2, database: database(6), ...change(by(4), by(6)) })
        .classify('c2', {
          classification: 2,
          result: 2,
          database: database(6),
          ...base('c1', 1),
          ...change(shownBy(4), shownBy(6)),
        })
        .classify('r2', {
          place: 'R',
          classification: 2,
          result: 2,
          database: database(6),
          ...base('r1', 1),
          ...change(shownBy(4), shownBy(6)),
        }),
    ],
    [
      'with an image that stands as before, published since the last mark excepts its registry',
      scanned()
        .announce(4)
        .marks(4, 1, [registry])
        .announce(6)
        .reassess({ result: 2, database: database(6), ...change(by(4), by(4)) })
        .classify('c2', {
          classification: 2,
          result: 2,
          database: database(6),
          ...base('c1', 1),
          ...change(shownBy(4), shownBy(4)),
        }),
    ],
    [
      'with an image whose registry the mark excepts, until the next one',
      scanned()
        .announce(5)
        .marks(5, 1, [registry])
        .reassess({ result: 2, database: database(5), ...change(by(4), by(5)) })
        .classify('c2', {
          classification: 2,
          result: 2,
          database: database(5),
          ...base('c1', 1),
          ...change(shownBy(4), shownBy(5)),
        }),
    ],
    [
      'with an image that the mark excepts, until the next one',
      scanned()
        .announce(5)
        .marks(5, 1, [image])
        .reassess({ result: 2, database: database(5), ...change(by(4), by(5)) })
        .classify('c2', {
          classification: 2,
          result: 2,
          database: database(5),
          ...base('c1', 1),
          ...change(shownBy(4), shownBy(5)),
        })
        .marks(5, 1),
    ],
    [
      'with a recalled build, and a result of another one that finds the same',
      scanned()
        .recall(build)
        .reassess({ result: 2, database: database(4), scanner: { digest: otherBuild }, ...change(by(4), by(4)) })
        .classify('c2', {
          classification: 2,
          result: 2,
          database: database(4),
          scanner: { digest: otherBuild },
          ...base('c1', 1),
          ...change(shownBy(4), shownBy(4)),
        }),
    ],
    [
      'with a build that is announced, and counts until another one is',
      scanned()
        .announce(4, otherBuild)
        .reassess({ result: 2, database: database(4), scanner: { digest: otherBuild }, ...change(by(4), by(4)) })
        .classify('c2', {
          classification: 2,
          result: 2,
          database: database(4),
          scanner: { digest: otherBuild },
          ...base('c1', 1),
          ...change(shownBy(4), shownBy(4)),
        })
        .marks(4, 1)
        .announce(6)
        .marks(6, 2),
    ],
    [
      'with a classification of an excepted image that states the database of the mark alone',
      restated(scanned().announce(6).mark('scan.completed', 6, 1).mark('finding.classified', 6, 1, [image])),
    ],
    ['with an image whose scans by the newest database all ended with their processes', failed('lease-expired')],
    ['with an image whose scan by the newest database took too long', failed('timeout')],
    ['with a declined image, which no mark is about', scanned().decline(2).announce(5).marks(5, 1)],
    [
      'with an image whose last result before the mark an operator dropped, and another result behind the mark',
      reassessed(scanned().poison().drop(1).announce(6).marks(6, 1, [image])),
    ],
    [
      'with an image whose last result an operator dropped, which the marks except',
      scanned().poison().drop(1).announce(6).marks(6, 1, [image]),
    ],
    ['with a finding whose advisory is gone', missed()],
    ['with such a finding, after a drop that was ordered and is not reported yet', missed(shownBy(9), true)],
    ['with such a finding, and a database that is less than a day newer', marked(10)],
    ['with such a finding, until a database agrees', marked(11, shownBy(11))],
    [
      'with such a finding, until a result agrees',
      missed()
        .announce(11)
        .reassess({ result: 3, database: database(11), warnings: ['cut'], ...change(by(9), by(11)) })
        .classify('c3', { classification: 3, result: 3, database: database(11), ...whole(shownBy(11)) })
        .marks(11, 2),
    ],
  ])('%s', (_, log) => {
    expect(judgedLog(log)).toEqual([]);
  });
});

describe('a log that breaks a law', () => {
  it.each<[string, string, HandMadeLog, RegExp]>([
    ['kept', 'by a finding that goes with its advisory', missed(shownBy(9)), /kept is nothing, and CVE-B .* waits/],
    ['kept', 'by a finding that does not name the removal', missed(shownBy(8)), /kept is nothing/],
    [
      'kept',
      'by a finding that is another one than before',
      missed([kept[0]!, { ...kept[1]!, severity: 'Low' }]),
      /kept is CVE-B .*Low/,
    ],
    ['kept', 'by a finding that goes before a day is over', marked(10, shownBy(10)), /CVE-B .* waits/],
    ['kept', 'by a finding that stays for ever', marked(11), /keeps CVE-B .*, and …0011 agrees/],
    [
      'kept',
      'by a finding that comes back',
      marked(11, shownBy(11))
        .announce(9)
        .marks(9, 3)
        .classify('c4', { classification: 4, result: 2, database: database(9), ...whole(kept) }),
      /kept is CVE-B/,
    ],
    [
      'covered',
      'by an image that is left without a result',
      failed('crashed'),
      /failed\/crashed by …0004 and .* is announced/,
    ],
    [
      'marks',
      'by a mark that overtakes the change that it vouches for',
      followed(reassessed().mark('scan.completed', 5, 1).mark('finding.classified', 5, 1)),
      /covers .* gives .*CVE-X/,
    ],
    [
      'marks',
      'by a mark between the pages of a change',
      reassessed()
        .mark('scan.completed', 5, 1)
        .classify('c2', {
          classification: 2,
          pages: 2,
          result: 2,
          database: database(5),
          ...base('c1', 1),
          ...change(shownBy(4), shownBy(5)),
          findings: [],
        })
        .mark('finding.classified', 5, 1)
        .classify('c2b', {
          classification: 2,
          page: 2,
          pages: 2,
          result: 2,
          database: database(5),
          ...base('c1', 1),
          ...change(shownBy(4), shownBy(5)),
        }),
      /covers .* gives .*CVE-X/,
    ],
    [
      'shown',
      'by findings of another database than the event names',
      scanned().classify('c2', { classification: 2, result: 1, database: database(5), ...whole(shownBy(4)) }),
      /gives .*CVE-X/,
    ],
    [
      'marks',
      'by a reassessment that fits the bad database only, under the mark of its successor',
      new HandMadeLog()
        .announce(4)
        .announce(7)
        .approve(1)
        .complete({ result: 1, database: database(7), ...whole(by(7)) })
        .classify('c1', { classification: 1, result: 1, database: database(7), ...whole(shownBy(7)) })
        .announce(6)
        .marks(6, 2),
      /covers .* gives .*CVE-B/,
    ],
    [
      'marks',
      'by a mark of the runner before its last change',
      followed(
        scanned()
          .announce(5)
          .mark('scan.completed', 5, 1)
          .reassess({ result: 2, database: database(5), ...change(by(4), by(5)) }),
      ).mark('finding.classified', 5, 1),
      /scan\.completed\/0 .* covers .* gives .*CVE-X/,
    ],
    [
      'marks',
      'by a mark that lets a halted key pass, though nothing of the image differs',
      reassessed(
        scanned()
          .announce(6)
          .reassess({ result: 2, database: database(6), ...change(by(4), by(4)) })
          .marks(6, 1),
      ),
      /stands on result 1, and the mark before it is of a later one/,
    ],
    [
      'marks',
      'by a mark that excepts less than the one that it answers',
      scanned().announce(6).mark('scan.completed', 6, 1, [image]).mark('finding.classified', 6, 1),
      /or excepts it/,
    ],
    [
      'marks',
      'by a mark that covers a registry which the one that it answers excepts',
      scanned().announce(6).mark('scan.completed', 6, 1, [registry]).mark('finding.classified', 6, 1),
      /or excepts it/,
    ],
    [
      'marks',
      'by a mark over an image in a registry that it does not except, where no scanner has assessed it',
      scanned().announce(5).marks(5, 1, ['/registries/two']),
      /covers/,
    ],
    [
      'covered',
      'by a registry that is excepted for ever',
      scanned().announce(6).marks(6, 1, [registry]),
      /…0006 is announced/,
    ],
    ['marks', 'by a mark that answers none', scanned().announce(6).mark('finding.classified', 6, 1), /answers no mark/],
    ['marks', 'by a mark of another announcement', scanned().announce(6).marks(6, 0), /names the announcement 0/],
    [
      'marks',
      'by a mark that goes back',
      scanned().announce(6).marks(6, 1).marks(4, 0),
      /comes after one of announcement 1/,
    ],
    [
      'marks',
      'by a mark with too many exceptions',
      scanned()
        .announce(4)
        .marks(
          4,
          1,
          Array.from({ length: 201 }, (__, n) => `sha256:${n}`),
        ),
      /has 201 exceptions/,
    ],
    [
      'marks',
      'by a mark over a result of another build than the announced one',
      scanned().announce(6, otherBuild).marks(6, 1),
      /a result of build …000e and not of …000f/,
    ],
    [
      'news',
      'by a reassessment that states what the result before states',
      scanned()
        .announce(6)
        .reassess({ result: 2, database: database(6), ...change(by(4), by(4)) }),
      /result 2 states what result 1 states/,
    ],
    [
      'order',
      'by a late result that takes the place of a newer one',
      followed()
        .approve(2)
        .complete({ verdict: 2, result: 3, database: database(4), ...change(by(5), by(4)) }),
      /takes the place/,
    ],
    [
      'order',
      'by a late result after a newer database that changed nothing',
      scanned()
        .announce(6)
        .marks(6, 1)
        .approve(2)
        .complete({ verdict: 2, result: 2, database: database(4), ...change(by(4), by(4)) }),
      /result 2 by …0004 takes the place of one by …0006/,
    ],
    [
      'order',
      'by a classification below the one that stands',
      followed().classify('c3', { classification: 1, result: 2, database: database(5), ...whole(shownBy(5)) }),
      /classification 1\.1 follows 1\.2/,
    ],
    [
      'sets',
      'by a change on a set that nothing told',
      new HandMadeLog().approve(1).complete({ result: 1, database: database(4), ...change([], by(4)) }),
      /changes a set that nothing told/,
    ],
    [
      'sets',
      'by a result that leaves a number out',
      scanned().reassess({ result: 3, database: database(4), ...whole(by(4)) }),
      /result 3 follows result 1/,
    ],
    [
      'sets',
      'by the number of a result that nothing told',
      scanned().complete({ place: 'Q', result: 2, database: database(4), content: 'none', set: sumOf(by(4)) }),
      /the number of result 2/,
    ],
    [
      'sets',
      'by a change on another base, whose number fits',
      followed(
        scanned()
          .fence()
          .classify(
            'late',
            { classification: 2, result: 1, database: database(4), ...base('c1', 1), ...change(shownBy(4), []) },
            '1.99',
          )
          .classify('c2', {
            classification: 2,
            result: 1,
            database: database(4),
            ...base('c1', 1),
            ...change(shownBy(4), shownBy(4)),
          }),
      ).classify('c3', {
        classification: 3,
        result: 1,
        database: database(4),
        ...base('late', 2),
        ...change(shownBy(4), shownBy(4)),
      }),
      /it changes 1\.2 \(late\), and 1\.2 \(c2\) stands/,
    ],
    [
      'sets',
      'by positions of a list that is not sorted',
      scanned()
        .announce(7)
        .reassess({ result: 2, database: database(7), ...change(by(4), by(7)), removed: [0] }),
      /publishes 2 findings with the sum/,
    ],
    [
      'sets',
      'by a position that is not there',
      scanned().reassess({ result: 2, database: database(4), ...change(by(4), by(4)), removed: [2] }),
      /position 2 is not in a set of 2/,
    ],
    [
      'sets',
      'by an entry that is there twice',
      scanned().reassess({
        result: 2,
        database: database(4),
        content: 'set',
        set: sumOf(by(4)),
        findings: [...by(4), finding('A')],
      }),
      /1 entries twice/,
    ],
    [
      'sets',
      'by a change after a decline',
      scanned()
        .decline(2)
        .approve(3)
        .classify('c2', {
          verdict: 3,
          classification: 1,
          result: 1,
          database: database(4),
          ...base('c1', 1),
          ...change(shownBy(4), shownBy(4)),
        }),
      /a decline took away/,
    ],
    [
      'sets',
      'by a change after a failure',
      scanned()
        .approve(2)
        .classify('c2', {
          verdict: 2,
          classification: 1,
          status: 'undetermined',
          reason: 'timed-out',
          database: database(4),
          ...whole([]),
        })
        .classify('c3', {
          verdict: 2,
          classification: 2,
          result: 1,
          database: database(4),
          ...base('c2', 1, 2),
          ...change([], shownBy(4)),
        }),
      /changes what was no success/,
    ],
    [
      'sets',
      'by a change after an answer that was cut off',
      reassessed()
        .classify('half', {
          classification: 2,
          pages: 2,
          result: 2,
          database: database(5),
          ...base('c1', 1),
          ...change(shownBy(4), shownBy(5)),
        })
        .fence()
        .classify('c2', {
          classification: 2,
          result: 2,
          database: database(5),
          ...base('c1', 1),
          ...change(shownBy(4), shownBy(5)),
        }),
      /after an answer that was cut off/,
    ],
    [
      'sets',
      'by a change on another form',
      scanned().reassess({ form: 2, result: 2, database: database(4), ...change(by(4), by(4)) }),
      /a set of another form/,
    ],
    [
      'sets',
      'by a change too many',
      Array.from({ length: 65 }).reduce<HandMadeLog>(
        (log, __, n) => log.reassess({ result: n + 2, database: database(4), ...change(by(4), by(4)) }),
        scanned(),
      ),
      /result 66 is change 65/,
    ],
    [
      'sets',
      'by a classification that shows another result than it names',
      reassessed().classify('c2', { classification: 2, result: 2, database: database(4), ...whole(shownBy(4)) }),
      /it rests on result 2/,
    ],
    [
      'covered',
      'by a result behind the mark with the database before it',
      scanned().announce(5),
      /…0004 and build …000e, and …0005 is announced/,
    ],
    [
      'news',
      'by a classification that states what a mark states',
      restated(scanned().announce(6).marks(6, 1)),
      /it states what readers know/,
    ],
    [
      'covered',
      'by an image that is excepted from the mark of a database that is announced again',
      scanned().announce(6).marks(6, 1).announce(4).marks(4, 2, [image]),
      /by …0004, …0006 and build …000e, and …0004 is announced/,
    ],
    [
      'covered',
      'by a failure that nothing comes after',
      new HandMadeLog()
        .announce(4)
        .approve(1)
        .classify('c1', {
          classification: 1,
          status: 'undetermined',
          reason: 'failed/unreachable',
          database: database(4),
          ...whole([]),
        }),
      /is undetermined\/failed\/unreachable/,
    ],
    [
      'covered',
      'by a result of a build that is recalled',
      scanned().announce(6).marks(6, 1).recall(build),
      /build …000e, which is recalled/,
    ],
    [
      'covered',
      'by an image that is healthy by a recalled database',
      new HandMadeLog()
        .announce(4)
        .approve(1)
        .complete({ database: database(4), ...whole([]) })
        .classify('c1', { classification: 1, status: 'healthy', database: database(4), ...whole([]) })
        .recallDatabase(4),
      /is healthy by …0004, which is recalled/,
    ],
    [
      'covered',
      'by an image that is healthy by the mark of a recalled database',
      new HandMadeLog()
        .announce(4)
        .approve(1)
        .complete({ database: database(4), ...whole([]) })
        .classify('c1', { classification: 1, status: 'healthy', database: database(4), ...whole([]) })
        .announce(5)
        .marks(5, 1)
        .recallDatabase(5),
      /is healthy by …0005, which is recalled/,
    ],
    [
      'covered',
      'by an image that is in doubt by a database that was never recalled',
      new HandMadeLog()
        .announce(4)
        .approve(1)
        .complete({ database: database(4), ...whole([]) })
        .classify('c1', {
          classification: 1,
          status: 'undetermined',
          reason: 'database-recalled',
          database: database(4),
          ...whole([]),
        }),
      /is in doubt by …0004, which is not recalled/,
    ],
    [
      'covered',
      'by a result of another build than the announced one',
      scanned().announce(4, otherBuild),
      /…0004 with build …000f is announced/,
    ],
    [
      'covered',
      'by an image that is excepted for ever',
      scanned().announce(6).marks(6, 1, [image]),
      /…0006 is announced/,
    ],
    [
      'covered',
      'by an image that is excepted for a dropped record, although a result came behind it',
      reassessed(scanned().poison())
        .drop(1)
        .classify('c2', { classification: 2, result: 2, database: database(5), ...whole(shownBy(5)) })
        .announce(6)
        .marks(6, 2, [image]),
      /…0006 is announced/,
    ],
  ])('%s: %s', (law, _, log, expected) => {
    const faults = judgedLog(log);
    expect(
      faults
        .filter((fault) => fault.law === law)
        .map(({ detail }) => detail)
        .join('\n'),
    ).toMatch(expected);
  });

  it.each([
    ['scan', 0],
    ['rescan', 1],
  ])(
    'marks: a mark proves nothing about an image whose scan failed; a rescan leaves the result: %s',
    (kind, faults) => {
      const failed = { verdict: 2, outcome: 'failed', kind, content: 'none', database: database(4) };
      const log = scanned().approve(2).complete(failed).announce(5).mark('scan.completed', 5, 1);
      expect(judgedLog(log).filter(({ law }) => law === 'marks')).toHaveLength(faults);
    },
  );

  it('marks: by a mark over an image that no scanner has looked at', () => {
    const log = scanned()
      .approve(1, 'P', other)
      .complete({ digest: other, result: 1, database: database(4), ...whole(by(4)) })
      .classify('d1', { digest: other, classification: 1, result: 1, database: database(4), ...whole(shownBy(4)) })
      .announce(6)
      .marks(6, 1);
    const isAssessed = (digest: string, by6: string): boolean => digest === image || by6 !== database(6).digest;
    const faults = judgedLog(log, { isAssessed });
    expect(faults.map(({ law }) => law)).toEqual(['marks', 'marks']);
    expect(faults[0]!.detail).toMatch(/no scanner of build …000e with …0006 has assessed it/);
  });
});
