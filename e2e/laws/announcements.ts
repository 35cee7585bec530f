/** Databases in the order of their announcements. Going back is a new announcement of an old digest. */
export class Announcements {
  readonly #digests: { readonly offset: number; readonly digest: string }[] = [];

  add(offset: number, digest: string): void {
    this.#digests.push({ offset, digest });
  }

  /** The database that was announced last. */
  get newest(): string | undefined {
    return this.#digests.at(-1)?.digest;
  }

  of(offset: number): string | undefined {
    return this.#digests.find((each) => each.offset === offset)?.digest;
  }

  /**
   * True if one database is older than the other to everyone who knows of both, however much of the announcements they
   * have read.
   */
  isOlder(digest: string, than: string): boolean {
    const order = this.#digests.map((each) => each.digest);
    if (!order.includes(digest) || !order.includes(than)) return false;
    for (let read = order.indexOf(than) + 1; read <= order.length; read += 1) {
      const known = order.slice(0, read);
      if (known.lastIndexOf(digest) >= known.lastIndexOf(than)) return false;
    }
    return true;
  }
}
