import { flow, type App } from '@assay/events';
import type { ServiceHealth } from '@assay/event-sourcing';
import { SettingError } from '@assay/settings';

/** The health of a service, as seen from here. */
export interface PeerHealth extends ServiceHealth {
  /** `unknown`: the service was not asked. */
  readonly status: 'ready' | 'not-ready' | 'unreachable' | 'unknown';
  /** Address that was asked; absent for a service in this process. */
  readonly address?: string;
  /** When it answered. */
  readonly seenAt?: string;
}

type Address = readonly [app: App, url: string];

const apps: readonly string[] = flow.map(({ app }) => app);

/**
 * Parses the addresses of services: `classifier=http://classifier:8080,billing=…`. A service with several addresses is
 * named once for each.
 * @throws SettingError that states a valid form
 */
export const addressesIn = (text: string | undefined): readonly Address[] =>
  (text ?? '')
    .split(',')
    .map((each) => each.trim())
    .filter((each) => each !== '')
    .map((each) => {
      const [, name = '', address = ''] = /^([^=]*)=(.*)$/.exec(each) ?? [];
      const url = URL.parse(address);
      if (!apps.includes(name))
        throw new SettingError(
          `ASSAY_SERVICES names '${name || each}', but the services are ${apps.join(', ')}: give ` +
            'classifier=http://classifier:8080,…',
        );
      if (!url || !/^https?:$/.test(url.protocol) || url.username || url.search || url.hash)
        throw new SettingError(`ASSAY_SERVICES gives '${address}' for ${name}: give http(s)://host[:port]`);
      return [name as App, address.replace(/\/+$/, '')] as const;
    });

const answerMs = 3_000;
/** Repeated requests within this time get the same answer. */
const keptMs = 1_000;

/** Asks all services for their health. Provide it under this class. */
export class Peers {
  #last: { readonly until: number; readonly answer: Promise<readonly PeerHealth[]> } | undefined;

  /** @param together health of the services in this process, if it runs all of them */
  constructor(
    private readonly addresses: readonly Address[] = [],
    private readonly together?: () => Promise<readonly ServiceHealth[]>,
  ) {}

  /** All six services, in the order of the flow. Reports a dead service as such within seconds. */
  standings(): Promise<readonly PeerHealth[]> {
    if (this.#last === undefined || performance.now() > this.#last.until)
      this.#last = {
        until: performance.now() + keptMs,
        answer: this.together ? inProcess(this.together) : this.#fetched(),
      };
    return this.#last.answer;
  }

  async #fetched(): Promise<readonly PeerHealth[]> {
    return (
      await Promise.all(
        apps.map(async (app) => {
          const own = this.addresses.filter(([name]) => name === app);
          return own.length > 0
            ? Promise.all(own.map(([name, address]) => healthAt(name, address)))
            : [unknownHealth(app, 'ASSAY_SERVICES does not name it')];
        }),
      )
    ).flat();
  }
}

const unknownHealth = (name: string, why: string): PeerHealth => ({
  name,
  status: 'unknown',
  reasons: [why],
  notes: [],
});

const inProcess = async (together: () => Promise<readonly ServiceHealth[]>): Promise<readonly PeerHealth[]> => {
  const known = await together();
  const seenAt = new Date().toISOString();
  return apps.map((app) => {
    const health = known.find(({ name }) => name === app);
    return health
      ? { ...health, status: health.reasons.length > 0 ? 'not-ready' : 'ready', seenAt }
      : unknownHealth(app, 'it does not run in this process');
  });
};

const healthAt = async (name: string, address: string): Promise<PeerHealth> => {
  const unreachable = (reason: string): PeerHealth => ({
    name,
    address,
    status: 'unreachable',
    reasons: [reason],
    notes: [],
  });
  try {
    const answer = await fetch(`${address}/readyz?verbose`, {
      redirect: 'error',
      signal: AbortSignal.timeout(answerMs),
    });
    const { services = [], reasons = [] } = (await answer.json()) as {
      readonly services?: readonly ServiceHealth[];
      readonly reasons?: readonly string[];
    };
    const own = services.find((each) => each.name === name);
    const { instance, version, figures, runner } = own ?? {};
    const known = {
      seenAt: new Date().toISOString(),
      ...(instance ? { instance } : {}),
      ...(version ? { version } : {}),
      ...(figures ? { figures } : {}),
      ...(runner ? { runner } : {}),
    };
    if (!own && services.length > 0)
      return unreachable(`another service answers there: ${services.map((each) => each.name).join(', ')}`);
    if (!answer.ok)
      return {
        name,
        address,
        status: 'not-ready',
        reasons: reasons.length > 0 ? reasons : [`it answers ${answer.status}`],
        notes: own?.notes ?? [],
        ...known,
      };
    return own
      ? { name, address, status: 'ready', reasons: [], notes: own.notes, ...known }
      : unreachable('the answer is not that of a service of Assay, or of an older one');
  } catch (error) {
    const { cause, message } = error as Error;
    return unreachable(
      `no answer (${cause instanceof Error ? cause.message || String((cause as { code?: unknown }).code) : message})`,
    );
  }
};
