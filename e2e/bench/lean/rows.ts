import type { BenchRow } from '../setting.ts';
import { mostInTurn, type LeanFigures, type LogFigures } from './measure.ts';

/** The log is to be at most this part of what it was before facts were published once. */
const partOfToday = 0.1;

const logRows = (of: string, figures: LogFigures, { images, findings, today }: LeanFigures): BenchRow[] => {
  const divided = findings > mostInTurn ? '; marks and descriptions of the one database that changes findings' : '';
  const { changes, bytes } = figures.changedLogBytes;
  return [
    { what: `${of}: log, for each finding`, measured: figures.logBytesPerFinding, unit: 'B', target: 120 },
    {
      what: `${of}: log of descriptions, for each finding`,
      measured: figures.descriptionBytesPerFinding,
      unit: 'B',
      target: 40,
    },
    {
      what: `${of}: both, of the log of the build before`,
      measured: (figures.logBytesPerFinding + figures.descriptionBytesPerFinding) / today.logBytesPerFinding,
      unit: 'x',
      target: partOfToday,
      note: `${today.logBytesPerFinding} B, ${today.source}`,
    },
    {
      what: `${of}: a database that changes nothing, log for each image`,
      measured: figures.unchangedLogBytesPerImage,
      unit: 'B',
      // One KB a partition.
      target: (12 * 1024) / images,
      note: `${today.unchangedLogBytesPerImage} B in the build before${divided}`,
    },
    {
      what: `${of}: a database that rewords 400 vulnerabilities, log for each image`,
      measured: figures.rewordedLogBytesPerImage,
      unit: 'B',
      target: 1024,
      note: `with their descriptions${divided}`,
    },
    {
      what: `${of}: change of ${changes} findings, log for each placement`,
      measured: bytes,
      unit: 'B',
      target: 2500 + 60 * changes,
    },
  ];
};

/** The figures of an estate beside the targets that the issue of lean facts set. */
export const rowsOf = (figures: LeanFigures): BenchRow[] => {
  const of = `estate of ${figures.findings.toLocaleString('en')} findings`;
  const { ruleInForceMs, today } = figures;
  return [
    ...logRows(of, figures, figures),
    ...(figures.kafka ? logRows(`${of}, segments of Kafka`, figures.kafka, figures) : []),
    {
      what: `${of}: stores, for each finding`,
      measured: figures.storeBytesPerFinding,
      unit: 'B',
      target: 190,
      note: `${today.storeBytesPerFinding} B in the build before`,
    },
    {
      what: 'states after 365 days of changes, to those after 90',
      measured: figures.stateRatio,
      unit: 'x',
      target: 1.1,
      note: `${today.stateRatio} x in the build before`,
    },
    {
      what: `${of}: read model, for each finding`,
      measured: figures.readModelBytesPerFinding,
      unit: 'B',
      note: `${today.readModelBytesPerFinding} B in the build before`,
    },
    {
      what: `${of}: filling an empty read model`,
      measured: figures.fillPerSecond,
      unit: 'findings/s',
      target: 50_000,
      more: true,
    },
    {
      what: `${of}: an empty replica answers from a snapshot`,
      measured: figures.snapshotReadyMs,
      unit: 'ms',
      target: 60_000,
    },
    { what: `${of}: page of 100 findings, p95`, measured: figures.pageP95Ms, unit: 'ms', target: 100 },
    ...Object.entries(figures.queriesP95Ms).map(([name, measured]) => ({
      what: `${of}: query ${name}, p95`,
      measured,
      unit: 'ms',
    })),
    ...Object.entries(figures.pastP95Ms).map(([name, measured]) => ({
      what: `${of}: ${name}, p95`,
      measured,
      unit: 'ms',
      target: 100,
    })),
    ...Object.entries(figures.listsP95Ms).map(([name, measured]) => ({
      what: `${of}: ${name}, page of 100, p95`,
      measured,
      unit: 'ms',
      target: 100,
    })),
    {
      what: `${of}: a rule that meets nothing is in force`,
      measured: ruleInForceMs.meetsNothing,
      unit: 'ms',
      target: 15_000,
    },
    {
      what: `${of}: a rule that meets one image in a hundred is in force`,
      measured: ruleInForceMs.meetsSome,
      unit: 'ms',
      target: 30_000,
    },
    {
      what: `${of}: memory of the process`,
      measured: figures.rssMb,
      unit: 'MB',
      note: 'at most: all services and the bench',
    },
    {
      what: `${of}: disk of the run`,
      measured: figures.diskMb,
      unit: 'MB',
      target: 12 * 1024,
      note: 'at most: log, stores, read model, snapshot and copies',
    },
  ];
};
