import { hold, type FinalStatus, type InputGroup, type Input } from '../input.ts';
import { goodImage, held, type HostileImage } from '../making/image.ts';
import { pushed, type PushedInput } from '../making/pushed.ts';
import { hostile, scannerOf, type Act } from '../making/scanner.ts';

interface Report {
  SchemaVersion: number;
  ArtifactName: string;
  ArtifactType: string;
  Metadata: object;
  Results: object[];
}

/** The report of an honest scanner for an image without findings. */
const honest = ({ config }: HostileImage): Report => ({
  SchemaVersion: 2,
  ArtifactName: '/input',
  ArtifactType: 'container_image',
  Metadata: {
    OS: { Family: 'debian', Name: '13.0' },
    ImageID: config.digest,
    DiffIDs: (JSON.parse(config.bytes.toString()) as { rootfs: { diff_ids: string[] } }).rootfs.diff_ids,
  },
  Results: [
    {
      Target: '/input (debian 13.0)',
      Class: 'os-pkgs',
      Type: 'debian',
      // Those of the image: the witness looks, too.
      Packages: [
        ['apt', '1.0-1'],
        ['bash', '1.0-1'],
        ['libssl3', '3.5.1-1'],
      ].map(([name, version]) => ({ ID: `${name}@${version}`, Name: name, Version: version })),
    },
  ],
});

/** A report with this number of findings, all different. */
const withFindings = (image: HostileImage, count: number): Report => {
  const {
    Results: [os],
    ...report
  } = honest(image);
  return {
    ...report,
    Results: [
      {
        ...os,
        Vulnerabilities: Array.from({ length: count }, (_, at) => ({
          VulnerabilityID: `CVE-2026-${at}`,
          PkgName: 'apt',
          InstalledVersion: '1',
          Severity: 'LOW',
        })),
      },
    ],
  };
};

interface Scan extends Pick<PushedInput<{ digest: string }>, 'row' | 'title' | 'must' | 'also'> {
  readonly ends: FinalStatus;
  act(image: HostileImage): Act;
}

const failed = (code: string): FinalStatus => ({ status: 'undetermined', reason: `failed/${code}` });
/** On a busy machine, a costly scan may reach its deadline first. That outcome is as good. */
const failedInTime = (code: string): FinalStatus => ({
  status: 'undetermined',
  reason: new RegExp(`^failed/(${code}|timeout)$`),
});
const lie = (action: string, code: string, act: Scan['act']): Scan => ({
  row: 'P1',
  title: `a scanner that ${action}`,
  must: 'failed',
  ends: failed(code),
  act,
});
const greed = (action: string, code: string, act: Act): Scan => ({
  row: 'P3',
  title: `a scanner that ${action}`,
  must: 'stopped at its limit; failed',
  ends: failedInTime(code),
  act: () => act,
});
const textOf = (report: object): string => JSON.stringify(report);
/**
 * Twice as many are reported completely as well, in less than twice the time. They take memory meanwhile, which is
 * checked after all inputs.
 */
const manyFindings = 40_000;
/** More than the memory of any service can hold. */
const tooManyFindings = 200_000;

const scans: readonly Scan[] = [
  lie('ends well and says nothing', 'empty-report', () => hostile.exits(0)),
  lie('says {}', 'wrong-schema', () => hostile.prints('{}')),
  lie('says half of a report', 'not-json', (image) => hostile.prints(textOf(honest(image)).slice(0, -20))),
  lie('speaks of another image', 'wrong-artifact', (image) =>
    hostile.prints(textOf({ ...honest(image), Metadata: { ImageID: `sha256:${'0'.repeat(64)}` } })),
  ),
  lie('ends badly with a fine report', 'scanner-failed', (image) =>
    hostile.prints(textOf(honest(image)), hostile.exits(1)),
  ),
  lie('crashes after a fine report', 'scanner-crashed', (image) =>
    hostile.prints(textOf(honest(image)), hostile.crashes),
  ),
  lie('breaks in after a fine report', 'security-violation', (image) =>
    hostile.prints(textOf(honest(image)), hostile.breaksIn),
  ),
  lie('nests its report a million deep', 'not-json', () =>
    hostile.prints(`{"a":${'['.repeat(1_000_000)}${']'.repeat(1_000_000)}}`),
  ),
  lie('says five million things that nobody asked for', 'not-json', () =>
    hostile.prints(`[${'{},'.repeat(5_000_000)}{}]`),
  ),
  {
    row: 'P1',
    title: 'a scanner that warns of an unknown release behind 200 KB of other complaints',
    must: 'the warning counts; not healthy',
    ends: { status: 'not-applicable', reason: 'operating-system-not-supported' },
    act: (image) =>
      hostile.warns(
        `${'a file could not be read\n'.repeat(8000)}WARN This OS version is not on the EOL list\n`,
        hostile.prints(textOf(honest(image))),
      ),
  },
  greed('forks', 'not-json', hostile.forks),
  greed('makes threads', 'not-json', hostile.makesThreads),
  greed('takes private memory', 'not-json', hostile.takesMemory),
  greed('takes shared memory', 'out-of-memory', hostile.sharesMemory),
  greed('fills its disk', 'not-json', hostile.fillsDisk),
  greed('makes files', 'not-json', hostile.makesFiles),
  greed('floods its output', 'too-much-output', hostile.floods(1)),
  greed('floods its complaints', 'too-much-diagnostics', hostile.floods(2)),
  greed('ignores all signals and never ends', 'timeout', hostile.ignoresSignals),
  {
    row: 'E6',
    title: `${manyFindings} findings`,
    must: 'all of them, whatever a broker takes at once',
    ends: { status: 'unhealthy' },
    act: (image) => hostile.prints(textOf(withFindings(image, manyFindings))),
    also: ({ bySeverity }) => hold(bySeverity?.['Low'] === manyFindings, `told are ${JSON.stringify(bySeverity)}`),
  },
  {
    row: 'E6',
    title: `${tooManyFindings} findings`,
    must: 'failed, with a reason; nobody crashes',
    ends: failedInTime('too-many-findings'),
    act: (image) => hostile.prints(textOf(withFindings(image, tooManyFindings))),
  },
];

/** A scanner that was taken over: for each image of this group, it acts in its own way. */
export const takenOver = async (): Promise<{ scanner: (folder: string) => Promise<string>; group: InputGroup }> => {
  const images = await Promise.all(scans.map(({ title }) => goodImage(title)));
  const acts = new Map<string, Act>();
  const inputs = scans.map(({ act, ...scan }, at): Input => {
    acts.set(images[at]!.manifest.digest, act(images[at]!));
    return pushed({ ...scan, make: ({ registry }) => ({ digest: held(registry, images[at]!) }) });
  });
  return { scanner: (folder) => scannerOf(folder, acts), group: { name: 'a scanner that was taken over', inputs } };
};
