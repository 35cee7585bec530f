import { numberText } from './text/format.ts';

const plural = (count: number, one: string, many = `${one}s`): string =>
  `${numberText(count)} ${count === 1 ? one : many}`;

/** Every text of the portal, page by page. */
export const texts = {
  close: 'Close',
  copy: 'Copy',
  copied: 'copied',
  retry: 'Try again',
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
    remove: (name: string, value: string) => `Remove the filter ${name} ${value}`,
    any: 'any',
  },

  table: {
    select: (name: string) => `Select ${name}`,
    selectAll: (count: number) => `Select all ${numberText(count)} rows that were read`,
    selected: (count: number) => `${numberText(count)} selected`,
    none: 'Clear',
    of: (shown: number, of: number) => `${numberText(shown)} of ${numberText(of)}`,
    uncounted: 'more than are read',
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
    download: 'Download CSV',
    openQuery: 'Open query',
  },
} as const;
