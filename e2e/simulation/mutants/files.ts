import { ReadModelFile, type WrittenBatch } from '../services/read-model.ts';
import type { Process } from '../world/process.ts';

/** Writes positions and rows in two transactions. */
export class RowsAfter extends ReadModelFile {
  override async write(process: Process, written: WrittenBatch): Promise<void> {
    await this.transact(process, () => this.stand(written));
    await this.transact(process, () => this.take(written));
  }
}
