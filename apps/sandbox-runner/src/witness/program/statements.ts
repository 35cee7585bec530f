import type { SystemStatement } from './answer.ts';

type Statement = Omit<SystemStatement, 'source'>;

const unquoted = (value: string): string => value.replace(/^(['"])(.*)\1$/, '$2').trim();

/** Reads `ID` and `VERSION_ID` of os-release(5). */
const osRelease = (text: string): Statement | undefined => {
  const fields = new Map(
    text.split('\n').flatMap((line) => {
      const [, name, value] = /^\s*([A-Z_]+)=(.*?)\s*$/.exec(line) ?? [];
      return name === undefined || value === undefined ? [] : [[name, unquoted(value)] as const];
    }),
  );
  const system = fields.get('ID');
  return system === undefined ? undefined : { system, version: fields.get('VERSION_ID') ?? '' };
};

/** Reads a file that names the system; undefined if it does not. */
export const statementIn = (path: string, content: Buffer): Statement | undefined => {
  const text = content.toString('utf8');
  const first = text.split('\n')[0]?.trim() ?? '';
  switch (path) {
    case 'etc/debian_version':
      return { system: 'debian', version: first };
    case 'etc/alpine-release':
      return { system: 'alpine', version: first };
    default:
      return osRelease(text);
  }
};

/** True for the beginning of a file with the form of os-release. */
export const looksLikeOsRelease = (head: string): boolean => /^ID=/m.test(head) && /^(?:NAME|VERSION_ID)=/m.test(head);
