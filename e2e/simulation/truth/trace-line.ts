import type { LogRecord } from '@assay/messaging';
import { poison } from '../story/commands.ts';

const shown = [
  'verdict',
  'classification',
  'content',
  'result',
  'announced',
  'cause',
  'status',
  'reason',
  'outcome',
  'page',
  'pages',
  'command',
  'state',
  'sender',
  'action',
  'tag',
  'tags',
  'order',
] as const;

/** Digests, of which the beginning is shown. */
const shownDigests = ['listedIn', 'pointsTo', 'indexes'] as const;

/** The beginning of an id. Random ones, of offers and answers, differ each time. */
const shortId = (id: string | undefined, none: string): string =>
  id === undefined ? none : /^.{14}4.{3}-/.test(id) ? 'random' : id.slice(0, 8);

/** A record in a line of a trace. */
export const traceLine = ({ topic, partition, offset, key, headers, value }: LogRecord): string => {
  const data = JSON.parse(headers.ce_source === poison ? '{}' : value) as Record<string, unknown>;
  const { digest } = (data.database ?? {}) as { digest?: string };
  const emitted = shown
    .filter((name) => data[name] !== undefined)
    .map((name) => `${name} ${String(data[name])}`)
    .concat(
      shownDigests
        .filter((name) => data[name] !== undefined)
        .map((name) => `${name} ${String(data[name]).slice(7, 15)}`),
    )
    .concat(digest === undefined ? [] : [`database ${digest.slice(-1)}`])
    .join(', ');
  return (
    `${topic}/${partition}@${offset} ${key.slice(7, 15)} ${headers.ce_sequence ?? ''} ` +
    `${shortId(headers.ce_id, '')} by ${shortId(headers.ce_causationid, 'nobody')}  ${emitted}`
  );
};
