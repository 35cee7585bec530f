import type { MissingRight } from './api/failure.ts';
import { numberText, wordFor } from './text/format.ts';

/** A count with its noun: `1 image`, `2 images`. */
export const plural = (count: number, one: string, many = `${one}s`): string =>
  `${numberText(count)} ${count === 1 ? one : many}`;

/** Every text of the portal, page by page. */
export const texts = {
  close: 'Close',
  copy: 'Copy',
  copied: 'copied',
  retry: 'Try again',
  cancel: 'Cancel',
  ago: 'ago',
  noFindings: 'no findings',

  pages: {
    today: 'Today',
    images: 'Images',
    image: 'Image',
    vulnerabilities: 'Vulnerabilities',
    vulnerability: 'Vulnerability',
    gate: 'Gate',
    compare: 'Compare',
    exemptions: 'Exemptions',
    coverage: 'Coverage',
    charges: 'Charges',
    query: 'Query',
    search: 'Search',
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

  /**
   * Meanings of reasons, and what to do about each. A reason that ends in `/` stands for those with a code behind it
   * that have no text of their own.
   */
  reasons: {
    'timed-out': 'The scan had no result before its deadline. Push the image again; if it lasts, look at Operations.',
    'failed/': 'The scan failed. Assay tries again once the cause is gone; look at the timeline.',
    'failed/result-lost': 'A result on which the findings rest is lost. Assay assesses the image again by itself.',
    'failed/deadline': 'The scan had no result before its deadline. Push the image again.',
    'failed/timeout': 'The scan took too long. A smaller image, or more time, helps.',
    'failed/lease-expired': 'The process that scanned ended, at each attempt. Look at the runners under Operations.',
    'failed/invalid-image':
      'The image is damaged: a layer or its description is not valid. Build it and push it again.',
    'failed/security-violation':
      'The scanner did something that is forbidden, and was stopped. The image may attack it.',
    'failed/scanner-crashed': 'The scanner crashed on this image. Look at the timeline.',
    'failed/scanner-failed': 'The scanner reported an error about this image. Look at the timeline.',
    'failed/witness-failed': 'The witness reported an error about this image. Look at the timeline.',
    'failed/no-java-database': 'The image has Java archives, and the database that names them is missing. Install it.',
    'failed/too-much-output': 'The report about the image is larger than a report may be.',
    'failed/too-much-diagnostics': 'The scanner wrote more messages than are kept.',
    'failed/out-of-memory': 'The scanner needed more memory than it may use. Give the runners more.',
    'failed/too-many-processes': 'The scanner started more processes than it may.',
    'failed/empty-report': 'The scanner wrote no report.',
    'failed/not-json': 'The report of the scanner cannot be read.',
    'failed/wrong-schema': 'The report of the scanner does not have the expected form.',
    'failed/wrong-artifact': 'The report of the scanner is about another image.',
    'failed/packages-unreadable': 'The scanner could not read the packages of the image.',
    'failed/too-many-findings': 'The image has more findings than are taken of one image.',
    'failed/oversized-entry': 'An entry of the report is larger than an event may be.',
    'failed/clock-behind':
      'The clock of the runner is behind, so it cannot tell the age of its database. Set it (NTP).',
    'failed/disk-full': 'The machine of the runner has no room for the image.',
    'failed/files-exhausted': 'The machine of the runner has no more open files.',
    'failed/system-failed': 'The machine of the runner refused a system call.',
    'failed/internal': 'Assay made a mistake. Look at the timeline, and at Operations.',
    'cancelled/': 'The scan was stopped. Push the image again.',
    'scanner-recalled':
      'An operator recalled the scanner build that gave the result. Another build scans the image again by itself.',
    'database-recalled':
      'An operator recalled the database of the last assessment. Assay assesses the image again by itself.',
    'no-operating-system': 'The scanner found no operating system, so nothing stands for the packages.',
    'operating-system-not-supported': 'The scanner has no advisories for this system. Build on one that it knows.',
    'no-packages': 'No package database vouches for any package. Keep the package database in the image.',
    'no-package-manager': 'The image has no package manager, which the plan of 2020 requires.',
    'no-shell': 'The image has no shell, which the plan of 2020 requires.',
    'packages-unreadable':
      'The scanner left out packages that it could not read. Repair the package database, and push the image again.',
    'not-witnessed':
      'Nothing but the scanner looked at the image, so packages may be hidden. Push it again, or wait for its rescan.',
    'inventory-unread':
      'A part that may hold packages could not be read. Build on a system whose database can be read.',
    'no-package-database': 'The image names its system, and has no package database. Keep it in the image.',
    'system-unclear': 'Parts of the image name different systems. Build it from one system.',
    'inventory-disagrees':
      'The scanner and a package database list different packages. Evidence names the paths: undo what hides packages.',
    'operating-system-end-of-life': 'The system of the image gets no more advisories. Build on a maintained release.',
    'advisories-missing':
      'The database has no advisories for this release, or for a language in it. Use a complete database.',
    'advisories-too-old': 'The database was too old when the image was assessed. Fetch it every day.',
    stale: 'The last scan is too old by now. The next database of vulnerabilities settles it.',
    overdue: 'The push has no answer after the promised time. Look at Operations.',
    parked: 'An event of the image could not be handled. Look at Operations, Parked.',
    'platform-unclear':
      'The index offers the image for another platform than its own description names. Push it again.',
    'kind-unclear': 'The manifest does not show what it is. Push it again as what it is.',
    'image-deleted': 'The image is no longer in its registry.',
    'registry-removed': 'The registry is not watched any more, and its images were closed.',
    'plan-disabled': 'No plan of the subscription scans its registries.',
    'cloud-not-supported': 'Registries of national clouds are not assessed.',
    'registry-not-public': 'The registry cannot be reached from the public network.',
    'inspection-failed/': 'The manifest could not be read from the registry. Assay tries again by itself.',
    'empty-index': 'The index lists no image.',
    'not-a-container-image/': 'It is no image of a container, so nothing is scanned.',
    'windows-image': 'Images for Windows are not assessed.',
    'foreign-layer': 'A layer lies outside of the registry, and is not fetched.',
    encrypted: 'A layer is encrypted.',
    'too-large': 'The image is larger than 20 GiB.',
  } as Readonly<Record<string, string>>,

  severities: { Critical: 'Critical', High: 'High', Medium: 'Medium', Low: 'Low', Unknown: 'Unknown' },

  frame: {
    home: 'Assay, today',
    navigation: 'Pages',
    notices: 'Notices',
    skip: 'Skip to the page',
    search: 'Package, image, CVE',
    scope: 'Subscription',
    everySubscription: 'All subscriptions',
    cutOff: 'Cut off from the log since',
    silent: 'The service does not answer since',
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
    link: 'On this machine, open the link that the suite printed, or give its token. It lies in its data folder:',
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
      package: 'package',
      fix: 'fixed by',
      q: 'contains',
      state: 'state',
      what: 'about',
      outcome: 'outcome',
      from: 'from',
      to: 'to',
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
      text: ({ operation, scope, partly }: MissingRight) =>
        `It needs the right ${operation} in ${
          scope === '/' ? `${partly ? 'some' : 'every'} subscription` : `${partly ? 'a part of ' : ''}${scope}`
        }.`,
      roles: (names: readonly string[]) => `An administrator can give it with the role ${names.join(' or ')}.`,
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
    failed: {
      title: (status: number) =>
        status < 500 ? `The service refuses this (${status})` : `The service failed (${status})`,
    },
    page: {
      missing: 'This page did not load',
      why: 'Its files did not arrive: the service is stopped, the network is cut, or a file is gone.',
      failed: 'This page failed',
    },
    old: {
      behind: 'The service is catching up.',
      failed: (status: number) => `The newest request failed (${status}).`,
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
    atLeast: (severity: string) => (severity === 'critical' ? 'critical' : `${severity} or worse`),
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
    runs: 'runs',
    anySeverity: 'Any severity',
    hidden: (count: number) => `, ${plural(count, 'finding')} hidden by rules`,
    empty: {
      title: 'No image was pushed yet',
      text: 'An image is assessed when it is pushed to a registry that Assay knows.',
      noRegistry: 'No registry is known yet. Name one in ASSAY_REGISTRIES, or let Assay discover them.',
    },
    leftOut: {
      text: (count: number) =>
        count === 1
          ? 'One image has no result, and may have such findings.'
          : `${numberText(count)} images have no result, and may have such findings.`,
      show: 'Show them',
    },
    untagged: (count: number) =>
      count === 1
        ? 'One image that lost its tags is left out.'
        : `${numberText(count)} images that lost their tags are left out.`,
    compare: 'Compare',
    compareTwo: 'Select two images.',
    gate: 'Copy gate command',
  },

  openQuery: {
    open: 'Open query',
    lacks: (filters: readonly string[]) =>
      `Resource Graph has no column for ${filters.join(', ')}. ` +
      `Remove ${filters.length === 1 ? 'this filter' : 'these filters'} first.`,
    /** Comments in a query, so on one line each. */
    limits: {
      results: 'Rows are results: an index or an image without a result has none, one on its way has its last.',
      tags: 'Tags have no column, so a text in a tag is not found.',
      aliases: 'Aliases have no column, so only this id is found.',
      titles: 'Titles, aliases and sources of packages have no column, so a text in them is not found.',
    },
  },

  download: { as: (name: string) => `Save as ${name}`, csv: 'CSV' },

  rights: {
    needs: (operation: string) => `Your roles do not hold the right ${operation}.`,
    needsOverAll: (operation: string) => `Your roles do not hold the right ${operation} in every subscription.`,
  },

  image: {
    subject: 'The image',
    since: 'for',
    /** Before and behind the age of the advisories. */
    advisories: ['by advisories of', 'ago'],
    compare: 'Compare…',
    doubts: 'Reasons',
    endOfLife: 'end of life',
    fixable: (fixable: number, all: number) => `${numberText(fixable)} of ${numberText(all)} fixable`,
    exempt: (count: number) => `${numberText(count)} hidden by rules`,
    proveNothing: 'No finding is known, which proves nothing.',
    gate: {
      title: 'Gate',
      copy: 'Copy as a command of assay',
      decisions: { allow: 'allowed', deny: 'denied', unknown: 'not known', asking: '…' },
      failed: (status: number) =>
        status === 0
          ? 'The service does not answer, so nothing is allowed.'
          : `The gate did not answer (${status}), so nothing is allowed.`,
      cutOff: 'The service is cut off from the log, so nothing is allowed.',
      old: 'The last answer is old; the gate is asked again.',
      findings: 'Its findings are not shown.',
    },
    fixFirst: {
      title: 'Fix first',
      closes: (closes: number, of: number) => `closes ${numberText(closes)} of ${plural(of, 'finding')}`,
      closesSome: (closes: number) => `closes ${plural(closes, 'finding')}`,
      others: 'Images that it fixes',
      more: (count: number) => `and ${plural(count, 'more upgrade')}`,
      none: 'No fixed version is published for any of its findings.',
      failed: (status: number) =>
        status === 0 ? 'The service does not answer.' : `The upgrades are not known: the request failed (${status}).`,
    },
    facts: {
      digest: 'Digest',
      place: 'Registry',
      tags: 'Other tags',
      system: 'System',
      platform: 'Platform',
      pushed: 'Pushed',
      waited: 'Push to result',
      index: 'Listed in',
      untagged: 'Untagged',
      running: 'Runs in',
      charge: 'Charged',
    },
    lostTag: ['names', 'is gone'],
    runsNowhere: 'no cluster that reports',
    notKnownSince: 'not known for',
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
    advisoryRemoved: (on: string) => `Advisory removed on ${on}, waiting for the next database.`,
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
    proveNothing: {
      title: 'No finding is known',
      text: (status: string) => `This image is ${status}, so that proves nothing.`,
    },
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
    uncovered: 'Without advisories',
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
    empty: {
      active: 'No active finding is known',
      exempt: 'No rule hides a finding',
      all: 'No finding is known',
    },
    unknown: (count: number) => `${plural(count, 'image')} without a result`,
    columns: { title: 'Title', packages: 'Packages', exempt: 'Exempt' },
  },

  compare: {
    from: 'Digest before',
    to: 'Digest after',
    swap: 'Swap',
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

  plots: { asTable: 'As a table', day: 'Day', charges: (currency: string) => `Charges by day, ${currency}` },

  charges: {
    month: 'Month',
    running: 'not over yet',
    open: 'not closed',
    /** Another month, whose sum is fixed. */
    closedMonth: (month: string, sum: string) => `${month}, closed: ${sum}`,
    closing: {
      open: 'Close the month…',
      goOn: 'Go on with the closing…',
      title: (month: string) => `Close ${month}`,
      give: (month: string) => `Close ${month}`,
      fixed: 'Fixed, of all subscriptions',
      lines: 'Lines',
      corrections: 'Of these corrections',
      left: 'On a later bill',
      meaning:
        'The export is made once and kept: each later export of the month is this file. What comes later, such as a ' +
        'late result or a correction, is on the bill of the next open month.',
      forever: 'A closed month cannot be opened again.',
      notOver: (day: string) => `The month is not over: it can be closed from ${day} on.`,
      unknown: 'The bill of the month is not known yet.',
      states: { closing: 'Being closed', closed: 'Closed' },
      by: 'By',
      since: 'On',
      why: 'Why',
      bill: 'Bill',
      file: 'Export',
      bytes: (bytes: number) => `${plural(bytes, 'byte')},`,
    },
    states: { closing: 'being closed by', closed: 'closed by' },
    at: 'on',
    focus: 'FOCUS CSV',
    charges: (count: number) => plural(count, 'charge'),
    corrections: (count: number) => `of these, ${plural(count, 'correction')}`,
    waiting: (count: number) => `${plural(count, 'charge')} waiting for a price`,
    none: (month: string) => `Nothing was charged in ${month}`,
    noneMeaning: 'An image is charged once, when its first result is there.',
    late: (count: number, sum: string) => `On this bill, too: ${plural(count, 'charge')} of earlier months, ${sum}.`,
    byRepository: 'By repository',
    rest: (count: number) => `and ${numberText(count)} more`,
    lines: 'Lines',
    firstResult: 'first result',
    correction: 'correction',
    corrected: 'corrected since',
    inLedger: 'The pushes of this day',
    timeline: 'Everything that happened to the image',
    columns: { amount: 'Amount', why: 'Charged for', pushed: 'Pushed', charged: 'Charged', rule: 'Price rule' },
    facts: {
      tags: 'Tags',
      pushed: 'Pushed',
      received: 'Received',
      pushId: 'Push id',
      scanId: 'Scan id',
      chargedFor: 'Charged for the result of',
      rule: 'Price rule',
      billedIn: 'Billed in',
      chargeId: 'Charge id',
      correctionOf: 'Corrects',
      corrected: 'Corrected by',
      by: 'By',
      why: 'Why',
    },
    notCharged: {
      title: 'Pushes without a charge',
      meaning: 'Only a result is charged, and only the first of an image: later pushes and scans of it are free.',
      ledger: 'Ledger of the month',
    },
  },

  coverage: {
    outcomes: {
      pushed: 'pushed',
      assessed: 'assessed',
      notApplicable: 'not applicable',
      undetermined: 'undetermined',
      onItsWay: 'on its way',
      missing: 'missing',
    },
    balances: 'It balances.',
    doesNotBalance: 'It does not balance.',
    views: { ledger: 'Ledger', trends: 'Trends' },
    ledger: 'Ledger by day and registry',
    rows: 'lines',
    balance: 'Balances',
    yes: 'yes',
    no: 'no',
    learned: 'Learned by',
    learnedOf: 'Learned by',
    late: 'Late',
    slowest: 'Slowest',
    took: 'Push to result',
    received: 'Received',
    unnamed: 'an image that is not named',
    span: 'Days',
    days: (count: number) => `${numberText(count)} days`,
    everyRegistry: 'All registries',
    back: 'Back to the ledger',
    pushesOf: (day: string) => `Pushes of ${day}`,
    none: 'Nothing was pushed in these days',
    noneOf: (day: string) => `Nothing was pushed on ${day}`,
    noneMeaning: 'Every push to a registry that Assay knows has a line here, with what became of it.',
    timely: (inTime: number, late: number) =>
      `${numberText(inTime)} with a result within 15 minutes, ${numberText(late)} later`,
    p95: (text: string) => `95 % within ${text}`,
    sender: {
      webhook: 'webhook',
      eventGrid: 'Event Grid',
      sweep: 'sweep',
      index: 'its index',
      command: 'command',
      unknown: 'not known',
    } as Readonly<Record<string, string>>,
    senders: (learned: Readonly<Record<string, number>>): string =>
      Object.entries(learned)
        .filter(([, count]) => count > 0)
        .map(([sender, count]) => `${wordFor(texts.coverage.sender, sender)} ${numberText(count)}`)
        .join(', '),
    plots: {
      results: 'Time from push to result',
      half: 'half within',
      most: '95 % within',
      slowest: 'slowest',
      promised: 'promised: 15 min',
      unhealthy: 'Unhealthy images by worst severity',
      ages: 'Open findings by age',
      age: 'Age',
      everyAge: 'all ages',
      buckets: {
        '<7d': 'under 7 d',
        '<30d': '7 to 30 d',
        '<90d': '30 to 90 d',
        '<180d': '90 to 180 d',
        '>=180d': 'over 180 d',
      } as Readonly<Record<string, string>>,
      coverage: 'Pushes by outcome',
    },
  },

  query: {
    editor: 'Query',
    run: 'Run',
    runKey: 'Ctrl ↵',
    running: 'Running…',
    hint: (tables: readonly string[]) => `Tables: ${tables.join(', ')}.`,
    noCompletion: (why: string) => `Nothing is completed, for the words are not known: ${why}`,
    empty: 'Write a query first.',
    left: (calls: string) => `${calls} calls left`,
    asOf: 'as of',
    copyCurl: 'Copy as a command of curl',
    copyAssay: 'Copy as a command of assay',
    refused: 'The query is not understood.',
    at: (line: number, column: number) => `Line ${numberText(line)}, ${numberText(column)}:`,
    rows: 'Rows',
    row: (index: number) => `Row ${numberText(index)}`,
    columns: (shown: number, of: number) => `${numberText(shown)} of ${plural(of, 'column')}`,
    csvOfRead: 'CSV of the rows that were read',
    none: 'No rows',
    cut: 'More rows cannot be read: project a column that is not dynamic, or take fewer rows.',
    severities:
      'The format of 2020 knows three severities: it shows critical as High and unknown as Medium. ' +
      'Assay’s own is in properties.additionalData.assaySeverity.',
    examplesTitle: 'Examples:',
    examples: {
      bySeverity: 'by severity',
      oldest: 'oldest open',
      byPackage: 'fixable, by package',
      registries: 'registries',
    },
  },

  unwatched: {
    title: 'Registries that are not watched any more',
    images: (count: number) => `${plural(count, 'image keeps its', 'images keep their')} last status`,
    kept: 'until deleted.',
    undecided: 'until an operator decides: close them, or keep them until deleted.',
  },
  today: {
    fixes: {
      title: 'Fix first',
      upgrades: 'upgrades',
      all: 'Show all',
      first: 'Show the first',
      of: (findings: number) => `of ${numberText(findings)}`,
      run: (images: number) => `${numberText(images)} run`,
      none: 'No upgrade is known that closes a finding',
      noneMeaning: 'As soon as a fixed version is published, it stands here.',
      columns: {
        package: 'Upgrade',
        to: 'To',
        closes: 'Closes',
        severities: 'Severities',
        images: 'Images',
        repositories: 'Repositories',
      },
    },
    unknown: {
      title: 'Not known',
      meaning: 'Never to be taken for healthy.',
      answered: { every: 'Every image has its answer.', none: 'No image was pushed yet.' },
      more: 'and more, in the list',
      noReason: 'without a reason',
      waiting: 'on its way',
    },
    systems: {
      title: 'Systems that the scanner does not read',
      why: {
        'not-known': 'The scanner has no advisories for this system or release.',
        'no-packages': 'The scanner lists no packages of the system in these images.',
      },
      brief: { 'not-known': 'not known', 'no-packages': 'no packages' },
      remedy: 'A newer build may read them. It is taken into use without a restart:',
    },
    promise: {
      title: 'From push to result, 30 days',
      none: 'No push in these days.',
      of: (inTime: number, of: number) => `${numberText(inTime)} of ${plural(of, 'push', 'pushes')} within 15 minutes`,
    },
    ledger: { title: 'Every push accounted for', today: 'Today', yesterday: 'Yesterday' },
  },

  operations: {
    parts: { '': 'Overview', parked: 'Parked', scanners: 'Scanners', audit: 'Audit' },
    services: {
      title: 'Services',
      none: 'No service is named',
      statuses: {
        ready: 'ready',
        'not-ready': 'not ready',
        unreachable: 'does not answer',
        unknown: 'not known',
      } as Readonly<Record<string, string>>,
      columns: {
        service: 'Service',
        status: 'State',
        lag: 'Behind',
        outbox: 'Outbox',
        parked: 'Parked',
        version: 'Version',
        notes: 'Notes',
      },
    },
    runners: {
      title: 'Sandbox runners',
      none: 'No runner is named',
      unnamed: 'Runner',
      seen: 'seen',
      tried: 'tried',
      missing: 'does not stand',
      noWalls: 'none reported',
      slots: (used: number, of: number) => `${numberText(used)} of ${numberText(of)} in use`,
      walls: (standing: number, of: number) => `${numberText(standing)} of ${numberText(of)} stand`,
      age: (hours: number) =>
        hours < 48 ? `${numberText(Math.floor(hours))} h old` : `${Math.floor(hours / 24)} d old`,
      bounds: ({
        memory,
        processes,
        processor,
        end,
      }: Readonly<Record<'memory' | 'processes' | 'processor' | 'end', string>>) =>
        `memory by ${memory}, processes by ${processes}, processor by ${processor}, end by ${end}`,
      facts: {
        slots: 'Slots',
        walls: 'Walls',
        driver: 'Sandbox',
        bounded: 'Bounded',
        scanner: 'Scanner',
        database: 'Database',
        version: 'Version',
      },
    },
    sweeps: {
      title: 'Sweeps of the registries',
      none: 'No registry is swept',
      states: {
        clear: 'clear',
        failed: 'failed',
        held: 'held',
        confirmed: 'confirmed, not run yet',
        unknown: 'not run yet',
      },
      columns: { registry: 'Registry', state: 'State', since: 'Since', why: 'Why', order: 'Order' },
      gone: (gone: number, known: number | undefined) =>
        `${numberText(gone)}${known === undefined ? '' : ` of ${numberText(known)}`} images are gone at once.`,
      closings: {
        gone: (gone: number, known: number | undefined) =>
          `${numberText(gone)}${known === undefined ? '' : ` of ${numberText(known)}`} open recommendations would be ` +
          'closed within a day, because their images lost their tags.',
        confirm: (gone: number) => `Close ${plural(gone, 'recommendation')}`,
        confirmTitle: (partition: string) => `Confirm the closings of ${partition}`,
        confirmMeaning: (gone: number) =>
          `${plural(gone, 'recommendation')} will be closed, each after its days. If the tags were removed by ` +
          'mistake, nothing is to be done once they are back.',
      },
      confirmOpen: 'Confirm…',
      confirm: (gone: number) => `Mark ${plural(gone, 'image')} as deleted`,
      confirmTitle: (registry: string) => `Confirm the sweep of ${registry}`,
      confirmMeaning: (gone: number) =>
        `${plural(gone, 'image')} will be marked as deleted. If they are only out of reach, the next sweep finds ` +
        'them without an order.',
    },
    halted: {
      title: 'Halted partitions',
      none: 'None: every partition is read as the log has it.',
      columns: { partition: 'Partition', why: 'Why', since: 'Since', rereads: 'Would read again' },
      resumeOpen: 'Resume…',
      resume: 'Resume',
      resumeTitle: (target: string) => `Resume ${target}`,
      resumeMeaning: (rereads: number) =>
        `The service goes on with the log as it is now, and reads ${plural(rereads, 'event')} again.`,
    },
    parked: {
      title: 'Parked events, by cause',
      none: 'Nothing is parked',
      noneMeaning: 'An event that a service cannot handle waits here, so that the others go on.',
      columns: { event: 'Event', image: 'Image', since: 'Since', waits: 'Waits for', orders: 'Orders' },
      facts: {
        code: 'Code',
        id: 'Event id',
        key: 'Key',
        record: (bytes: number) => `Record, ${numberText(bytes)} bytes`,
      },
      noRecord: 'The log does not have its record any more.',
      truncated: 'Only its beginning is shown.',
      count: (events: number) => plural(events, 'event'),
      oldest: 'oldest',
      waiting: (events: number) => `${plural(events, 'event')} waiting behind another`,
      waitingMeaning: 'Each goes on by itself once the event of its image before it is handled.',
      more: (read: string) => `Read more than ${read}`,
      redrive: {
        open: 'Redrive…',
        all: (events: number) => `Redrive all ${numberText(events)}…`,
        title: (events: number) => `Redrive ${plural(events, 'event')}`,
        give: (events: number) => `Redrive ${plural(events, 'event')}`,
        meaning: 'The service handles it again, with all that waits behind it. If it fails again, it is parked again.',
      },
      drop: {
        open: 'Drop…',
        all: (events: number) => `Drop all ${numberText(events)}…`,
        title: (events: number) => `Drop ${plural(events, 'event')}`,
        give: (events: number) => `Drop ${plural(events, 'event')}`,
        meaning: 'The service will never handle it. Its image stays without the answer that would have followed.',
      },
    },
    scanners: {
      title: 'Scanner builds',
      none: 'No image was scanned yet',
      trusted: 'trusted',
      recalled: 'recalled',
      columns: { build: 'Build', digest: 'Digest', images: 'Images by it', state: 'State' },
      recallOpen: 'Recall…',
      recall: (images: number) => `Recall: ${plural(images, 'image')}`,
      recallTitle: (build: string) => `Recall ${build}`,
      recallMeaning: (images: number) =>
        `${plural(images, 'image')} will be undetermined until another build has scanned ` +
        `${images === 1 ? 'it' : 'them'}. A recall cannot be taken back.`,
      stillOf: (images: number) => `${plural(images, 'image')} not scanned by another yet`,
      databases: {
        title: 'Vulnerability databases',
        none: 'No database was announced yet',
        built: 'Built',
        age: 'Age',
        state: 'State',
        entries: 'Entries',
        states: { 'in-use': 'in use', stored: 'kept', gone: 'replaced', recalled: 'recalled' },
        announced: (age: string) => `The one in use is ${age} old.`,
        unknown: 'No database is in use.',
        failing: 'No newer one could be taken for',
      },
    },
    audit: {
      title: 'Orders and exports, with who made them and why',
      none: 'No order was given yet, and nothing was exported',
      everything: 'Everything',
      /** By kind and deed; another deed of a later version is shown by its own word. */
      did: {
        'rule/set': 'made a rule',
        'rule/remove': 'removed a rule',
        'charge/correct': 'corrected a charge',
        'recall/recall': 'recalled',
        'period/close': 'closed a month',
        'export/export': 'exported charges',
        'parked/redrive': 'redrove an event',
        'parked/drop': 'dropped an event',
        'halted/resume': 'resumed a partition',
        'database/release': 'released a database',
        'database/refuse': 'refused a database',
        'sweep/confirm': 'confirmed a sweep',
        'sweep/keep': 'kept the images of a removed registry',
        'sweep/close': 'closed the images of a removed registry',
        'plan/switch': 'switched a plan',
      } as Readonly<Record<string, string>>,
      columns: { at: 'Time', did: 'Did', about: 'About', why: 'Why', effect: 'Effect', who: 'Who', scope: 'Scope' },
      kinds: {
        rule: 'Rules',
        plan: 'Plans',
        parked: 'Parked events',
        halted: 'Halted partitions',
        recall: 'Recalls',
        database: 'Databases',
        sweep: 'Sweeps',
        assessment: 'Assessments',
        charge: 'Corrections',
        period: 'Months',
        export: 'Exports',
      },
    },
  },

  tools: { dashboards: 'Metrics', traces: 'Traces', elsewhere: 'in a new tab' },

  order: {
    why: 'Why',
    whyHint: 'The reason stays in the log, with your name.',
    whyMissing: 'Give a reason first.',
    given: 'done',
    giving: (done: number, of: number) => (of === 1 ? 'Ordered…' : `${numberText(done)} of ${numberText(of)}…`),
    outcomes: {
      ordered: 'ordered',
      parked: 'parked again',
      redriven: 'redriven',
      dropped: 'dropped',
      resumed: 'resumed',
      confirmed: 'confirmed',
    } as Readonly<Record<string, string>>,
  },

  vulnerability: {
    modified: 'Modified',
    images: (count: number, exempt: number) =>
      `in ${plural(count, 'image')}${exempt === 0 ? '' : `, hidden in ${numberText(exempt)}`}`,
    known: 'Known here since',
    noImages: 'No finding of it is known in your scopes',
    imagesOf: (id: string) => `Images with ${id}`,
    inImages: 'These images with their status',
    references: 'References',
    ratings: {
      title: 'Ratings',
      chosen: (severity: string) => `${severity}, as rated by`,
      source: 'Source',
      score: 'CVSS',
      vector: 'Vector',
    },
  },
} as const;
