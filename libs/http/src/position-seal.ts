import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import type { PagingOptions } from './paging.ts';

const algorithm = 'aes-256-gcm';
const ivBytes = 12;
const tagBytes = 16;
/** Sealed positions are this long, or a multiple of it: else the number of digits would show. */
const blockBytes = 64;

/** The use of a position: of one kind none can be sent where another kind is read. */
export type PositionUse = 'writes' | 'changes' | 'page of changes';

/**
 * Encrypts positions in the log that callers keep and send back. Offsets count the events of all registries, and a
 * caller may be allowed to read only one. Two seals of one position differ, so that no caller sees that nothing
 * happened meanwhile.
 */
export class PositionSeal {
  readonly #key: Uint8Array;

  /** Without a key, seals become invalid with the process, as the tokens of `Paging` do. */
  constructor({ signingKey }: Pick<PagingOptions, 'signingKey'> = {}) {
    this.#key = signingKey
      ? new Uint8Array(hkdfSync('sha256', signingKey, '', 'assay: positions in the log', 32))
      : randomBytes(32);
  }

  /** Makes text for headers and addresses of a position, which is any JSON. */
  seal(use: PositionUse, position: unknown): string {
    const iv = randomBytes(ivBytes);
    const cipher = createCipheriv(algorithm, this.#key, iv).setAAD(Buffer.from(use));
    const json = Buffer.from(JSON.stringify(position));
    // JSON may end with spaces.
    const padding = Buffer.alloc(-json.length & (blockBytes - 1), ' ');
    return Buffer.concat([
      iv,
      cipher.update(Buffer.concat([json, padding])),
      cipher.final(),
      cipher.getAuthTag(),
    ]).toString('base64url');
  }

  /** Returns the sealed position; undefined if the text is damaged, of another use or key, or no seal. */
  unseal(use: PositionUse, text: string): unknown {
    const bytes = Buffer.from(text, 'base64url');
    if (bytes.length <= ivBytes + tagBytes) return undefined;
    const decipher = createDecipheriv(algorithm, this.#key, bytes.subarray(0, ivBytes), { authTagLength: tagBytes });
    decipher.setAAD(Buffer.from(use)).setAuthTag(bytes.subarray(-tagBytes));
    const json = decipher.update(bytes.subarray(ivBytes, -tagBytes));
    try {
      return JSON.parse(Buffer.concat([json, decipher.final()]).toString());
    } catch {
      return undefined;
    }
  }
}
