import { placementKey } from '@assay/events';
import { foundBy, isUncovered, systemBy } from '../outside/databases.ts';
import { ofTopic, short, type Invariant } from './facts.ts';

/** A scan result comes from a report of the same image, delivered by the attempt that held the job. */
export const resultsHaveReports: Invariant = {
  name: 'every result has a report of an attempt that counts',
  *broken(facts) {
    const { reports, counted } = facts.ledger;
    for (const {
      id,
      data: { digest, outcome, report, content },
    } of ofTopic(facts, 'scan.completed')) {
      // A joined result may be that of a reassessment, whose report is not kept.
      if (outcome !== 'succeeded' || (content === 'none' && !report)) continue;
      if (!report || reports.get(report.sha256) !== digest)
        yield (
          `scan.completed ${id} of ${short(digest)} rests on ` +
          `${report ? `a report of ${short(reports.get(report.sha256) ?? 'nothing')}` : 'no report'}`
        );
      else if (!counted.has(report.sha256))
        yield `scan.completed ${id} of ${short(digest)} brings what an old attempt found`;
    }
  },
};

/** Unknown is never shown as safe. */
export const healthyHasEvidence: Invariant = {
  name: 'nothing is healthy without a valid report',
  *broken(facts) {
    const scans = new Map(ofTopic(facts, 'scan.completed').map((event) => [event.id, event]));
    const declines = Map.groupBy(ofTopic(facts, 'scan.declined'), ({ data }) => placementKey(data));
    for (const { id, at, data } of ofTopic(facts, 'finding.classified')) {
      const { digest, status, basis, exempt, database, scanner, verdict } = data;
      if (status !== 'healthy') continue;
      const scan = basis.map((each) => scans.get(each)).find((each) => each !== undefined);
      const image = facts.scene.all.get(digest)!;
      const { truth, os } = image;
      if (truth.doubt !== undefined)
        yield `finding.classified ${id} says that ${short(digest)} is healthy, in spite of ${truth.doubt}`;
      if (scan?.data.outcome !== 'succeeded')
        yield `finding.classified ${id} says that ${short(digest)} is healthy by no scan that succeeded`;
      // The database of a declined placement means nothing: it is not assessed again, and no mark is about it.
      const isDeclined = declines
        .get(placementKey(data))
        ?.some((decline) => decline.at <= at && decline.data.verdict > verdict);
      const isMissed =
        !isDeclined &&
        (systemBy(image, database.digest).endOfLife ||
          isUncovered(image, database.digest) ||
          foundBy(image, database.digest, scanner.digest).length > exempt);
      if (truth.invalid || os !== 'linux' || isMissed)
        yield `finding.classified ${id} says that ${short(digest)} is healthy, and it is ${truth.name}`;
    }
  },
};

/** A result that the witness contradicts is unhealthy by its findings, or undetermined by the reason for the doubt. */
export const doubtsAreReasons: Invariant = {
  name: 'an image that looks clean is undetermined for the reason that there is',
  *broken(facts) {
    for (const {
      id,
      data: { digest, status, reason },
    } of ofTopic(facts, 'finding.classified')) {
      const { doubt } = facts.scene.all.get(digest)!.truth;
      if (doubt === undefined || status === 'unhealthy') continue;
      const isOther =
        /^(timed-out|advisories-(too-old|missing)|operating-system-end-of-life)$|^(failed|cancelled)\/|-recalled$/.test(
          reason ?? '',
        );
      if (status !== 'undetermined' || (reason !== doubt && !isOther))
        yield `finding.classified ${id} says that ${short(digest)} is ${status}/${reason ?? ''}, not ${doubt}`;
    }
  },
};
