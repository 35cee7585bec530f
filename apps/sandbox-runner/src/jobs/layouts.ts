import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { removeLater } from '../remove-later.ts';

/** The folders of images while they are scanned. */
export interface Layouts {
  /** Returns a new, empty place for one image. */
  begin(): string | Promise<string>;
  /** Releases the place of an image. */
  end(layout: string): void;
}

export class FolderLayouts implements Layouts {
  constructor(private readonly folder: string) {}

  begin(): string {
    mkdirSync(this.folder, { recursive: true });
    return join(this.folder, randomUUID());
  }

  end(layout: string): void {
    removeLater(layout);
  }

  /** Removes everything: at the start the remains of a killed process, at the end the removals that were put off. */
  clear(): Promise<void> {
    return rm(this.folder, { recursive: true, force: true });
  }
}
