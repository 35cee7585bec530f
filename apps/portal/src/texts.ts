import { numberText } from './text/format.ts';

const plural = (count: number, one: string, many = `${one}s`): string =>
  `${numberText(count)} ${count === 1 ? one : many}`;

/** Every text of the portal, page by page. */
export const texts = {
  close: 'Close',
  copy: 'Copy',
  copied: 'copied',
  retry: 'Try again',
  cancel: 'Cancel',
  noFindings: 'no findings',

  pages: {
    today: 'Today',
    images: 'Images',
    image: 'Image',
    vulnerabilities: 'Vulnerabilities',
    vulnerability: 'Vulnerability',
    compare: 'Compare',
    exemptions: 'Exemptions',
    coverage: 'Coverage',
    charges: 'Charges',
    query: 'Query',
    operations: 'Operations',
  },

  statuses: {
    healthy: 'healthy',
    unhealthy: 'unhealthy',
    undetermined: 'undetermined',
    'not-applicable': 'not applicable',
    queued: 'queued',
    scanning: 'scanning',
  } as Readonly<Record<string, string>>,

  severities: { Critical: 'Critical', High: 'High', Medium: 'Medium', Low: 'Low', Unknown: 'Unknown' },

  frame: {
    home: 'Assay, today',
    navigation: 'Pages',
    notices: 'Notices',
    skip: 'Skip to the page',
    search: 'Digest, repository, CVE',
    scope: 'Subscription',
    everySubscription: 'All subscriptions',
    cutOff: 'Cut off from the log since',
    cutOffMeaning: 'Everything below is of that moment.',
    demonstration: 'The demonstration database knows only the images of the demonstration.',
    goKey: (key: string) => `g ${key}`,
    noPage: 'There is no such page',
    slogan: 'Every push has its answer.',
    api: 'API',
  },

  account: {
    title: 'Account',
    open: (name: string) => `Account of ${name}`,
    theme: 'Theme',
    themes: { auto: 'as the system', light: 'light', dark: 'dark' },
    signOut: 'Sign out',
  },

  signIn: {
    title: 'Sign in',
    text: 'Assay shows what your roles allow.',
    refused: 'Your token is not valid any more. Sign in again: this page stays as it is.',
    at: (host: string) => `Sign in at ${host}`,
    link: 'On this machine, open the link that the suite prints when it starts, or give its token:',
    token: 'Token',
    go: 'Sign in',
  },

  help: {
    title: 'Keyboard',
    go: (page: string) => `Go to ${page}`,
    keys: [
      [['/'], 'Search'],
      [['j'], 'Next row'],
      [['k'], 'Row before'],
      [['Enter'], 'Open the row'],
      [['x'], 'Select the row'],
      [['Esc'], 'Close what is open'],
      [['?'], 'This help'],
    ] as readonly (readonly [readonly string[], string])[],
    note: 'The Tab key reaches everything that a mouse can press.',
  },

  filters: {
    names: {
      status: 'status',
      severity: 'severity at least',
      fixable: 'fixable',
      repository: 'repository',
      registry: 'registry',
      vulnerability: 'vulnerability',
      reason: 'reason',
      fix: 'fixed by',
      q: 'contains',
      state: 'state',
    } as Readonly<Record<string, string>>,
    remove: 'Remove the filter',
    any: 'any',
  },

  table: {
    select: (name: string) => `Select ${name}`,
    selectAll: (count: number) => `Select all ${numberText(count)} rows that were read`,
    selected: (count: number) => `${numberText(count)} selected`,
    none: 'Clear',
    of: (shown: number, of: number) => `${numberText(shown)} of ${numberText(of)}`,
    atLeast: (count: number) => `at least ${numberText(count)}`,
  },

  states: {
    loading: 'Loading',
    requestId: 'Request',
    traceId: 'Trace',
    signedOut: { title: 'Signed out', text: 'Sign in to see this.' },
    forbidden: {
      title: 'Your roles do not allow this',
      text: (operation: string, scope: string) =>
        `It needs the right ${operation} in ${scope === '/' ? 'every subscription' : scope}.`,
      roles: (names: readonly string[]) =>
        names.length === 0
          ? 'An administrator of Assay can give it.'
          : `An administrator can give it with the role ${names.join(' or ')}.`,
    },
    missing: {
      title: 'Not here',
      text: (subject: string) =>
        `${subject === '' ? 'This' : subject} is not here, or not in the scopes that you may see.`,
    },
    behind: { title: 'Catching up', text: 'This page asks again by itself.' },
    noAnswer: {
      title: 'No answer',
      text: 'The service does not answer: it is stopped, or the network is cut. This page asks again.',
    },
    failed: { title: (status: number) => `The service failed (${status})` },
    old: {
      behind: 'The service is catching up.',
      failed: (status: number) =>
        status === 0 ? 'The service does not answer.' : `The newest request failed (${status}).`,
      from: 'This is from',
    },
    filtered: {
      title: (of: number | undefined) => (of === undefined ? 'Nothing is left' : `0 of ${numberText(of)}`),
      text: 'These filters hide everything:',
      all: 'Remove all filters',
    },
  },

  images: {
    caption: 'Images with their status',
    tabs: {
      all: 'All',
      unhealthy: 'Unhealthy',
      undetermined: 'Undetermined',
      healthy: 'Healthy',
      'not-applicable': 'Not applicable',
      waiting: 'Waiting',
    },
    statusFilter: 'Status',
    fixable: 'Fixable',
    severity: 'Severity',
    atLeast: (severity: string) => `${severity.toLowerCase()} or worse`,
    repository: 'Repository, team/*',
    q: 'Name or digest contains',
    columns: {
      status: 'Status',
      image: 'Image',
      digest: 'Digest',
      fixable: 'Fixable',
      since: 'Since',
      registry: 'Registry',
      database: 'Database',
      charge: 'Charge',
    },
    deleted: 'deleted',
    index: 'index',
    anySeverity: 'Any severity',
    hidden: (count: number) => `, ${plural(count, 'finding')} hidden by rules`,
    empty: {
      title: 'No image was pushed yet',
      text: 'An image is assessed when it is pushed to a registry that Assay knows.',
      command: 'npx assay push e2e/images/debian-13.0 --wait',
    },
    compare: 'Compare',
    compareTwo: 'Select two images.',
    gate: 'Copy gate command',
  },

  download: { as: (name: string) => `Save as ${name}`, csv: 'CSV' },

  rights: { needs: (operation: string) => `Your roles do not hold the right ${operation}.` },

  image: {
    subject: 'The image',
    since: 'for',
    compare: 'Compare…',
    doubts: 'Reasons',
    endOfLife: 'end of life',
    fixable: (fixable: number, all: number) => `${numberText(fixable)} of ${numberText(all)} fixable`,
    exempt: (count: number) => `${numberText(count)} hidden by rules`,
    facts: {
      digest: 'Digest',
      place: 'Registry',
      tags: 'Other tags',
      system: 'System',
      platform: 'Platform',
      pushed: 'Pushed',
      waited: 'Push to result',
      index: 'Listed in',
      charge: 'Charged',
    },
  },

  findings: {
    title: 'Findings',
    q: 'Vulnerability or package',
    noFix: 'no fix yet',
    installed: 'Installed',
    fixed: 'Fixed in',
    source: 'Source package',
    path: 'Path',
    layer: 'Layer',
    published: 'Published',
    aliases: 'Also known as',
    weaknesses: 'Weaknesses',
    everyImage: 'Every image with it',
    columns: {
      severity: 'Severity',
      vulnerability: 'Vulnerability',
      package: 'Package',
      versions: 'Installed → fixed',
      firstSeen: 'First seen',
      state: 'State',
    },
    states: { active: 'active', exempt: 'exempt', all: 'active and exempt' },
    withExempt: (count: number) => `exempt (${numberText(count)})`,
    none: {
      active: 'No active findings',
      exempt: 'No rule hides a finding of this image',
      all: 'No findings',
    },
    unknown: {
      title: 'Findings: –',
      text: (status: string, reason: string) =>
        `This image is ${status}${reason === '' ? '' : ` (${reason})`}, so its findings are not known. ` +
        'That is not the same as none.',
    },
  },

  why: {
    title: 'From push to charge',
    steps: {
      notification: 'Notification',
      push: 'Push',
      verdict: 'Verdict',
      scan: 'Scan',
      classification: 'Classification',
      recommendation: 'Recommendation',
      charge: 'Charge',
    },
    effects: { decided: 'decided the status', applied: 'applies, too', outweighed: 'outweighed by findings' },
    exempted: (count: number) => `${plural(count, 'finding')} exempt by`,
    more: (count: number) => (count === 0 ? 'events' : `${numberText(count)} more, and its events`),
  },

  history: {
    title: 'Results',
    compare: 'What changed',
    more: 'Earlier results',
    causes: {
      scan: 'scanned',
      rescan: 'looked at again',
      rule: 'a rule changed',
      recall: 'scanner recalled',
    } as Readonly<Record<string, string>>,
  },

  timeline: { title: 'Timeline', trace: 'trace' },

  evidence: {
    title: 'Evidence',
    scanner: 'Scanner',
    database: 'Database',
    old: 'old',
    demonstration: 'demonstration',
    packages: 'Packages',
    witness: 'Witness',
    agrees: (count: number) => `agrees on ${plural(count, 'package')}`,
    disagrees: (count: number) => plural(count, 'disagreement'),
    sandbox: 'Sandbox',
    scan: 'Scan',
    pull: 'Pull',
  },

  children: {
    title: (count: number) => `Lists ${plural(count, 'manifest')}`,
    platform: 'Platform',
    part: 'Its part in the status',
    counts: 'counts',
  },

  vulnerabilities: {
    q: 'Id, title or package',
    empty: 'No image has a known vulnerability',
    yes: 'yes',
    no: 'no',
    columns: { title: 'Title', packages: 'Packages' },
  },

  compare: {
    from: 'Digest before',
    to: 'Digest after',
    hint: 'Two digests, or one at two moments: sha256:…@2026-11-25T09:00Z.',
    title: 'Differences',
    same: (count: number) => `${plural(count, 'finding')} in both`,
    packages: (count: number) => plural(count, 'package'),
    packageChanges: ({ removed, added, changed }: { removed: number; added: number; changed: number }) =>
      `packages −${numberText(removed)} +${numberText(added)} ~${numberText(changed)}`,
    because: 'Because',
    findings: (count: number) => plural(count, 'finding'),
    first: (shown: number, of: number) => `The first ${numberText(shown)} of ${numberText(of)}, worst first.`,
    others: (repository: string) => `Compare with another image of ${repository}`,
    causes: {
      'package-removed': 'package removed',
      'fixed-version': 'fixed version',
      'advisory-withdrawn': 'advisory withdrawn',
      'package-added': 'package added',
      'version-changed': 'another version',
      'advisory-published': 'advisory published',
      rule: 'a rule',
      scanner: 'another scanner',
      unknown: 'unknown',
    } as Readonly<Record<string, string>>,
    kinds: { gone: 'Gone', new: 'New', changed: 'Changed' },
    nothing: { gone: 'No finding is gone', new: 'No finding is new', changed: 'No finding has changed' },
  },

  vulnerability: {
    modified: 'Modified',
    known: 'Known here since',
    noImages: 'No image in your scopes has it',
    imagesOf: (id: string) => `Images with ${id}`,
    inImages: 'These images with their status',
    references: 'References',
    ratings: {
      title: 'Ratings',
      chosen: (severity: string) => `${severity}, by the rule`,
      source: 'Source',
      score: 'CVSS',
      vector: 'Vector',
    },
  },

  exemptions: {
    make: 'Make the rule',
    makeFrom: 'Make an exemption…',
    new: 'New…',
    newTitle: 'New exemption',
    preview: 'Preview',
    previewFirst: 'The preview changes nothing.',
    effect: (findings: number, images: number) =>
      findings === 0 ? 'Hides nothing now' : `Hides ${plural(findings, 'finding')} in ${plural(images, 'image')}`,
    shows: (findings: number) =>
      `${plural(findings, 'finding')} that the rule of this name hides now will count again.`,
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
    whyRemove: 'Why is it removed?',
    remove: (count: number) => (count === 0 ? 'Remove' : `Remove: ${plural(count, 'finding')} count again`),
    states: {
      '': 'All',
      'in-force': 'In force',
      ending: 'Ends within 14 days',
      endless: 'Never ends',
      expired: 'Expired',
    },
    columns: {
      name: 'Name',
      hides: 'Hides',
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
  },
} as const;
