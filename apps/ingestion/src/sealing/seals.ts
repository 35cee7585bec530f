import type { BlobStore } from '@assay/event-sourcing';
import type { EventLog } from '@assay/messaging';
import { keyIdOf, publicPemOf, resting, verify, type SealKeys, type Verified } from '@assay/seals';
import type { OutsidePlace } from './outside.ts';
import type { Sealer } from './sealer.ts';

export interface PublishedKey {
  readonly keyId: string;
  readonly algorithm: 'Ed25519';
  /** PEM. */
  readonly publicKey: string;
  /** True of the one that signs now. */
  readonly isCurrent: boolean;
}

export interface SealsStanding {
  readonly state: Verified['state'] | 'off' | 'reading' | 'failing';
  readonly places: readonly string[];
  readonly notes: readonly string[];
  readonly done?: number;
  readonly of?: number;
  readonly verified?: Verified;
}

export interface SealsPorts {
  readonly log: EventLog;
  readonly blobs: Pick<BlobStore, 'get'>;
  readonly keys: SealKeys | undefined;
  readonly places: readonly OutsidePlace[];
  readonly sealer: Pick<Sealer, 'notes' | 'isFailing'> | undefined;
}

/** A client waits no longer, ms. */
const answerMs = 10_000;
const dayMs = 24 * 3_600_000;
/** One part of work for one of rest: a caller waits. */
const restShare = 1;

/** Answers for the seals of a running installation. */
export class Seals {
  #progress = { done: 0, of: 0 };
  #verifying: Promise<Verified> | undefined;

  constructor(private readonly ports: SealsPorts) {}

  keys(): readonly PublishedKey[] {
    const { keys } = this.ports;
    return (keys?.all ?? []).map((key) => ({
      keyId: keyIdOf(key),
      algorithm: 'Ed25519',
      publicKey: publicPemOf(key),
      isCurrent: key === keys?.current,
    }));
  }

  /** Verifies the last day. All who ask meanwhile get the same answer. */
  async standing(): Promise<SealsStanding> {
    const { keys, places, sealer } = this.ports;
    const known = { places: places.map(({ name }) => name), notes: sealer?.notes() ?? [] };
    if (!keys) return { state: 'off', ...known };
    const verifying = (this.#verifying ??= this.#verified().finally(() => {
      this.#verifying = undefined;
    }));
    const verified = await Promise.race([
      verifying,
      new Promise<undefined>((resolve) => {
        setTimeout(() => resolve(undefined), answerMs).unref();
      }),
    ]);
    if (!verified) return { state: 'reading', ...known, ...this.#progress };
    const state = sealer?.isFailing && verified.state !== 'differs' ? 'failing' : verified.state;
    return { state, ...known, verified };
  }

  async #verified(): Promise<Verified> {
    const { log, blobs, places } = this.ports;
    const outside = await Promise.all(places.map((place) => place.all().catch(() => [])));
    return verify(
      {
        log,
        file: (dataref) => blobs.get(dataref),
        breathe: resting(restShare),
        progress: (done, of) => {
          this.#progress = { done, of };
        },
      },
      { since: Date.now() - dayMs, outside: outside.flat() },
    );
  }
}
