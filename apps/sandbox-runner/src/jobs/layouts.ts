import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { removeLater } from '../remove-later.ts';

/** Where images lie while they are scanned. */
export interface Layouts {
  /** A place for one image; nothing is there yet. */
  begin(): string | Promise<string>;
  /** The image is not needed any more. */
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

  /** Takes everything away: at the start what a killed process left, at the end what was to be removed later. */
  clear(): Promise<void> {
    return rm(this.folder, { recursive: true, force: true });
  }
}
