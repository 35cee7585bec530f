import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Random } from '../simulation/world/random.ts';
import { dayMs, scannerBuilds, type LanguageName, type PastSystemName } from './catalogue.ts';
import type { Trait } from './layout.ts';
import type { Maker } from './maker.ts';
import type { PastRegistryName } from './record.ts';
import { subscriptions } from './suite.ts';

const images = fileURLToPath(new URL('../images/', import.meta.url));

/** A repository, and how its team builds. */
interface Repository {
  readonly registry: PastRegistryName;
  readonly name: string;
  readonly system: PastSystemName;
  readonly language: LanguageName;
  /** Days between two pushes; 0 if it was pushed once and left. */
  readonly everyDays: number;
  /** The day of the first push, counted from today. */
  readonly from: number;
  /** How many days behind its base image is. */
  readonly behindDays: number;
}

const row = (
  registry: PastRegistryName,
  name: string,
  system: PastSystemName,
  language: LanguageName,
  everyDays: number,
  from: number,
  behindDays = 0,
): Repository => ({ registry, name, system, language, everyDays, from, behindDays });

const repositories: readonly Repository[] = [
  row('shop', 'web/storefront', 'trixie', 'node', 10, -89),
  row('shop', 'web/checkout', 'trixie', 'node', 13, -86),
  row('shop', 'web/search', 'alpine', 'go', 15, -84),
  row('shop', 'api/orders', 'bookworm', 'java', 19, -88, 25),
  row('shop', 'api/prices', 'bookworm', 'java', 27, -82, 40),
  row('shop', 'api/stock', 'wolfi', 'go', 16, -80),
  row('shop', 'jobs/mail', 'ubuntu', 'python', 24, -77, 20),
  row('shop', 'jobs/export', 'bookworm', 'python', 0, -75, 20),
  row('platform', 'base/debian', 'trixie', 'none', 14, -89),
  row('platform', 'base/alpine', 'alpine', 'none', 17, -87),
  row('platform', 'proxy/edge', 'alpine', 'none', 21, -81, 10),
  row('platform', 'tools/ci', 'ubuntu', 'node', 26, -79, 15),
  row('platform', 'legacy/ftp', 'buster', 'none', 0, -85),
  row('platform', 'legacy/reports', 'bookworm', 'java', 0, -83, 60),
  row('platform', 'tools/static', 'scratch', 'none', 31, -72),
  row('research', 'notebooks/base', 'ubuntu', 'python', 18, -88),
  row('research', 'notebooks/gpu', 'bookworm', 'python', 22, -74, 30),
  row('research', 'models/serve', 'trixie', 'python', 20, -71),
  ...[1, 2, 3, 4, 5, 6, 7].map((n) => row('research', `archive/run-${n}`, 'bookworm', 'python', 0, -71 + n, 30)),
];

/** One thing that happens, at a time in ms since the epoch. */
interface Act {
  readonly at: number;
  readonly act: () => Promise<unknown>;
}

interface Pushed {
  readonly registry: PastRegistryName;
  readonly name: string;
  readonly build: string;
  readonly digest: string;
}

const minuteMs = 60_000;

/** The months that the past is about, as `2026-11`, with the day after their end counted from today. */
const monthsOf = (today: number, from: number): { readonly month: string; readonly endDay: number }[] => {
  const months: { month: string; endDay: number }[] = [];
  const first = new Date(today + from * dayMs);
  for (let at = Date.UTC(first.getUTCFullYear(), first.getUTCMonth(), 1); at < today;) {
    const date = new Date(at);
    const next = Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1);
    months.push({ month: date.toISOString().slice(0, 7), endDay: (next - today) / dayMs });
    at = next;
  }
  return months;
};

const inTurn = async (maker: Maker, acts: readonly Act[], progress: (at: number) => void): Promise<void> => {
  for (const { at, act } of acts.toSorted((one, other) => one.at - other.at)) {
    progress(at);
    await maker.until(at);
    await act();
  }
};

/** Ninety days of three registries, in the order in which they happen, until the last hour of `LastHour`. */
export class PastStory {
  readonly #maker: Maker;
  readonly #today: number;
  readonly #random: Random;
  readonly #acts: Act[] = [];
  readonly #pushed: Pushed[] = [];

  constructor(maker: Maker, seed: number, today: number) {
    this.#maker = maker;
    this.#today = today;
    this.#random = new Random(seed + 1);
    this.#pushes();
    this.#databases();
    this.#sweeps();
    this.#rules();
    this.#incidents();
    this.#bills();
    this.#gateway();
  }

  /** Lets all of it happen, day by day. */
  async unfold(progress: (day: number) => void): Promise<void> {
    await inTurn(this.#maker, this.#acts, (at) => progress(Math.ceil((at - this.#today) / dayMs)));
    await this.#maker.until(this.#today);
  }

  #at(day: number, act: () => Promise<unknown>): void {
    this.#acts.push({ at: this.#today + day * dayMs, act });
  }

  #pushes(): void {
    const random = this.#random;
    for (const repository of repositories) {
      const { registry, name, everyDays, from } = repository;
      const days = [from];
      if (everyDays > 0)
        for (let day = from + everyDays; day < -1; day += everyDays + random.whole(-2, 2)) days.push(day);
      days.forEach((day, n) => {
        const hours = random.between(7, 17);
        const scanMs = Math.round(random.between(18_000, 75_000));
        this.#push(repository, day + hours / 24, `1.${n}.0`, scanMs);
        // A registry keeps the last few.
        if (n >= 3) this.#at(day + (hours + 1) / 24, () => this.#removeOldest(registry, name));
      });
    }
  }

  #push({ registry, name, system, language, behindDays }: Repository, day: number, tag: string, scanMs: number): void {
    this.#at(day, () => this.#image(registry, name, tag, { system, language, day: day - behindDays }, scanMs));
  }

  async #image(
    registry: PastRegistryName,
    name: string,
    tag: string,
    { trait = 'plain', ...image }: { system: PastSystemName; language: LanguageName; day: number; trait?: Trait },
    scanMs?: number,
    version = tag,
  ): Promise<Pushed> {
    const build = `${name.replaceAll('/', '-')}-${version}`;
    const digest = await this.#maker.push(registry, name, tag, { ...image, trait, build }, scanMs);
    const pushed = { registry, name, build, digest };
    this.#pushed.push(pushed);
    return pushed;
  }

  async #removeOldest(registry: PastRegistryName, name: string): Promise<void> {
    const at = this.#pushed.findIndex((each) => each.registry === registry && each.name === name);
    const [oldest] = this.#pushed.splice(at, 1);
    if (oldest) await this.#maker.remove(registry, name, oldest.digest);
  }

  #last(name: string): Pushed {
    return this.#pushed.findLast((each) => each.name === name)!;
  }

  /** The first one was announced before anything was pushed. */
  #databases(): void {
    this.#maker.catalogue.databaseDays.forEach((day, n) => {
      if (n > 0) this.#at(day, () => this.#maker.announceDatabase(n));
    });
  }

  #sweeps(): void {
    for (let day = -84; day < 0; day += 14) this.#at(day + 3 / 24, () => this.#maker.sweep());
  }

  #rules(): void {
    const subscription = `/subscriptions/${subscriptions.shop}`;
    const put = (day: number, who: 'ana' | 'bo', name: string, body: () => object): void =>
      this.#at(day, () => this.#maker.call(who, 'PUT', `/assay/rules/${name}`, body()));
    const expiring = (day: number): string => new Date(this.#today + day * dayMs).toISOString();
    const { catalogue } = this.#maker;
    put(-80.4, 'ana', 'accepted-without-fix', () => ({
      scope: subscription,
      criteria: { patchable: false, severityBelow: 'High' },
      reason: 'No fix exists. Looked at every month.',
    }));
    put(-60.4, 'bo', 'openssl-until-the-release', () => ({
      scope: this.#maker.registryId('shop'),
      criteria: { vulnerabilities: [catalogue.frequent] },
      reason: 'The release of next month has the fix.',
      expiresAt: expiring(-20),
    }));
    put(-41.3, 'ana', 'reports-are-internal', () => ({
      scope: this.#maker.registryId('platform'),
      criteria: { digests: [this.#last('legacy/reports').digest] },
      reason: 'Only three people can reach it.',
    }));
    this.#at(-33.2, () =>
      this.#maker.call(
        'bo',
        'DELETE',
        `/assay/rules/reports-are-internal?${new URLSearchParams({
          scope: this.#maker.registryId('platform'),
          reason: 'It is reachable from the office network after all.',
        }).toString()}`,
      ),
    );
    put(-15.3, 'bo', 'below-our-bar', () => ({
      scope: this.#maker.registryId('platform'),
      criteria: { severityBelow: 'Medium' },
      reason: 'Below our bar for internal tools.',
      expiresAt: expiring(9),
    }));
    put(-3.2, 'ana', 'ship-the-release', () => ({
      scope: this.#maker.registryId('shop'),
      criteria: { digests: [this.#last('api/orders').digest], severityBelow: 'Critical' },
      reason: 'The release must go out on Monday.',
      expiresAt: expiring(2),
    }));
  }

  /** Events that are not of every day. */
  #incidents(): void {
    const maker = this.#maker;
    this.#at(-78, () =>
      maker.call('chris', 'PUT', `/assay/plans/ContainerRegistry?subscription=${subscriptions.research}`, {
        tier: 'Standard',
        why: 'Research ships to customers now.',
      }),
    );
    for (const [day, layout, name] of [
      [-66, 'windows', 'windows/agent'],
      [-58, 'helm-chart', 'charts/storefront'],
      [-57, 'cosign-signature', 'signatures/storefront'],
    ] as const)
      this.#at(day + 0.4, () => maker.pushLayout('platform', name, '1.0.0', join(images, layout)));
    // Two pushes without a webhook, which a sweep finds.
    for (const [day, name] of [
      [-50.6, 'web/reviews'],
      [-15.6, 'api/coupons'],
    ] as const)
      this.#at(day, () =>
        maker.silently(() => this.#image('shop', name, '2.0.0', { system: 'alpine', language: 'node', day }, 30_000)),
      );
    // Two results later than promised.
    for (const [day, name, minutes] of [
      [-44.5, 'jobs/import', 17],
      [-11.5, 'jobs/thumbnails', 23],
    ] as const)
      this.#at(day, () =>
        this.#image('shop', name, '1.0.0', { system: 'ubuntu', language: 'python', day }, minutes * 60_000),
      );
    this.#at(-0.4, () => maker.poison('scan.completed', this.#last('base/debian').digest, 'an event that is cut'));
    this.#at(-36.5, async () => {
      const { digest } = this.#last('tools/ci');
      await maker.poison('scan.completed', digest, 'an event that was cut');
      await this.#drop(digest, 'It was written by a broken disk.');
    });
    // A registry is restored without its archive: the sweep does not believe it.
    this.#at(-26.2, () =>
      maker.silently(async () => {
        for (const { registry, name, digest } of this.#pushed.filter(({ name: each }) => each.startsWith('archive/')))
          await maker.remove(registry, name, digest);
      }),
    );
    this.#at(-24.3, () => maker.replaceScanner());
    this.#at(-23.3, () =>
      maker.call('chris', 'POST', `/assay/scanners/${scannerBuilds[0].digest}/recall`, {
        why: 'The build was tampered with.',
      }),
    );
    this.#at(-19.4, () =>
      maker.pushLayout('platform', 'mirror/storefront', '1.0.0', maker.layoutOf(this.#last('web/storefront').build)),
    );
    const doubtful = { system: 'wolfi', language: 'none', day: 0 } as const;
    this.#at(-5.4, () => this.#image('shop', 'web/banner', '1.0.0', { ...doubtful, trait: 'disagrees' }));
    this.#at(-4.5, () => this.#image('shop', 'jobs/feed', '3.1.0', { ...doubtful, trait: 'unreadable' }));
    this.#at(-4.4, () => this.#image('platform', 'tools/vendor', '0.9.0', { ...doubtful, trait: 'unwitnessed' }));
    this.#at(-2.6, () => this.#image('research', 'models/broken', '0.1.0', { ...doubtful, trait: 'invalid' }));
  }

  /** One tag for all builds. A cluster runs the build before the last one, and reports it day by day. */
  #gateway(): void {
    const random = this.#random;
    const builds: Pushed[] = [];
    let n = 0;
    for (let day = -62.6; day < -2; day += random.whole(6, 9)) {
      const version = String((n += 1));
      this.#at(day, async () => {
        const image = { system: 'bookworm', language: 'node', day: day - 25 } as const;
        builds.push(await this.#image('platform', 'edge/gateway', 'main', image, 30_000, version));
      });
    }
    for (let day = -60.2; day < 0; day += 1)
      this.#at(day, () => {
        const images = builds.slice(-2, -1).map(({ digest }) => ({ digest, namespace: 'edge' }));
        return this.#maker.call('reporter', 'POST', '/assay/running', { cluster: 'prod', images });
      });
  }

  async #drop(digest: string, why: string): Promise<void> {
    const { value } = await this.#maker.call<{ value: { target: string; key: string }[] }>(
      'chris',
      'GET',
      '/assay/parked',
    );
    for (const { target } of value.filter(({ key }) => key === digest).slice(0, 1))
      await this.#maker.call('chris', 'POST', `/assay/parked/${target}/drop`, { why });
  }

  /** Months that ended more than a month ago are closed, and one charge of the last closed one is given back. */
  #bills(): void {
    const closed = monthsOf(this.#today, -89).filter(({ endDay }) => endDay < -28);
    for (const { month, endDay } of closed)
      this.#at(endDay + 3.4, () =>
        this.#maker.call('dana', 'POST', `/assay/periods/${month}/close`, { why: 'Sent to finance.' }),
      );
    const last = closed.at(-1);
    if (last)
      this.#at(last.endDay + 9.4, async () => {
        const { value } = await this.#maker.call<{ value: { chargeId: string }[] }>(
          'dana',
          'GET',
          `/assay/charges?period=${last.month}`,
        );
        await this.#maker.call('dana', 'POST', `/assay/charges/${value.at(-1)!.chargeId}/corrections`, {
          why: 'Pushed twice by a broken pipeline.',
        });
      });
  }
}

/** The minutes before the end of a past. They would be over if the past was made long before. */
export const lastHour = async (maker: Maker, end: number): Promise<void> => {
  const { system, language } = repositories[0]!;
  const push = (registry: PastRegistryName, name: string, tag: string, trait: Trait, scanMs?: number) => () =>
    maker.push(
      registry,
      name,
      tag,
      { system, language, day: 0, trait, build: `${name.replaceAll('/', '-')}-${tag}` },
      scanMs,
    );
  const acts: readonly (readonly [minutes: number, act: Act['act']])[] = [
    [-29, push('shop', 'jobs/heavy', '1.0.0', 'endless')],
    // One that waits for longer than a push may, and one that is on its way.
    [-8, push('research', 'models/large', '1.0.0', 'endless')],
    [-6, () => maker.sweep()],
    [-3, push('shop', 'web/storefront', '2.0.0', 'plain', 35_000)],
  ];
  await inTurn(
    maker,
    acts.map(([minutes, act]) => ({ at: end + minutes * minuteMs, act })),
    () => undefined,
  );
  await maker.until(end);
};
