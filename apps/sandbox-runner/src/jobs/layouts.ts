import { randomUUID } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** Where images lie while they are scanned. */
export interface Layouts {
  /** A place for one image; nothing is there yet. */
  begin(): Promise<string>;
  /** The image is not needed any more. */
  end(layout: string): void;
}

export class FolderLayouts implements Layouts {
  constructor(private readonly folder: string) {}

  async begin(): Promise<string> {
    await mkdir(this.folder, { recursive: true });
    return join(this.folder, randomUUID());
  }

  end(layout: string): void {
    // Nobody waits for the cleaning up; what a killed process leaves, the next start removes.
    void rm(layout, { recursive: true, force: true }).catch(() => undefined);
  }
}
