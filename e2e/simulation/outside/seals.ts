import type { OutsidePlace } from '@assay/ingestion/sealing/outside';
import type { SealJudge } from '../truth/seals.ts';
import type { Process } from '../world/process.ts';

type SealEnvelope = Parameters<OutsidePlace['write']>[0];

/** An outside place for seals, as a process reaches it. */
export class PlaceCalls implements OutsidePlace {
  readonly name = 'outside';
  /** The last seal that this process knows to be there. */
  #last: SealEnvelope | undefined;

  /** @param kept what the place has */
  constructor(
    private readonly kept: SealEnvelope[],
    private readonly process: Process,
    private readonly judge: SealJudge,
  ) {}

  async all(): Promise<readonly SealEnvelope[]> {
    const found = await this.process.call('outside', 'read seals', () => [...this.kept]);
    this.#last = found.at(-1);
    return found;
  }

  async write(seal: SealEnvelope): Promise<void> {
    this.judge.writes(this.process.name, this.#last, seal);
    await this.process.call('outside', 'write seal', () => {
      this.kept.push(seal);
      this.judge.wrote(seal);
    });
    this.#last = seal;
  }
}
