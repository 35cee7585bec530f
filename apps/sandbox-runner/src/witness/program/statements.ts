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

/**
 * Files by which a scanner chooses the advisories of a system, against os-release: the repositories of apk, Ubuntu's
 * extended maintenance, the content sets of Red Hat's builds, and the mark of RapidFort's. Scanners read them in each
 * layer.
 */
const choosers: readonly (readonly [path: RegExp, system: string, versionIn: (text: string) => string | undefined])[] =
  [
    [
      /^etc\/apk\/repositories$/,
      'alpine',
      (text) => {
        const releases = [...text.matchAll(/\/alpine\/v?([\w.-]+)(?:\/|\s|$)/g)].map(([, release]) => release);
        return releases.length === 0 ? undefined : [...new Set(releases)].join(' ');
      },
    ],
    [
      /^var\/lib\/ubuntu-advantage\/status\.json$/,
      'ubuntu',
      (text) => (/"attached"\s*:\s*true/.test(text) ? 'extended maintenance' : undefined),
    ],
    [/^root\/buildinfo\/content_manifests\/[^/]+\.json$/, 'redhat', (text) => releaseOfSets(text)],
    [/^root\/buildinfo\/Dockerfile-/, 'redhat', () => noContentSets],
    // Trivy then takes the advisories of this vendor alone, and looks at nothing but that the file is there.
    [/^usr\/share\/rapidfort\/curated\.json$/, 'rapidfort', () => 'curated'],
  ];

/** The version of a build of Red Hat whose content sets are not those of a release. */
const otherContentSets = 'other content sets';
/** The version of a build of Red Hat without content sets. */
export const noContentSets = 'no content sets';

/** The release whose usual repositories a build names: its base and its streams of applications. */
const releaseOfSets = (text: string): string => {
  const sets = [...text.matchAll(/"(?:rhel|ubi)-(\d+)-[\w.-]*?(baseos|appstream|server)[\w.-]*"/g)];
  const releases = new Set(sets.map(([, release]) => release));
  const kinds = new Set(sets.map(([, , kind]) => kind));
  const isWhole = kinds.has('server') || (kinds.has('baseos') && kinds.has('appstream'));
  const [release] = releases;
  return isWhole && releases.size === 1 && release !== undefined ? release : otherContentSets;
};

export const isChooser = (path: string): boolean => choosers.some(([pattern]) => pattern.test(path));

/** The statement of a file by which a scanner chooses advisories; `content` is absent if the file is too large. */
export const chosenIn = (path: string, content: Buffer | undefined): Statement | undefined => {
  const [, system, versionIn] = choosers.find(([pattern]) => pattern.test(path)) ?? [];
  if (system === undefined || versionIn === undefined) return undefined;
  const version = content === undefined ? 'unread' : versionIn(content.toString('utf8'));
  return version === undefined ? undefined : { system, version };
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
