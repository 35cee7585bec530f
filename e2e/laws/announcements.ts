/** The data of `advisories.updated`. */
export interface AnnouncedContent {
  readonly scanner: string;
  readonly database: { readonly digest: string };
  readonly program?: { readonly digest: string };
}

interface Announcement {
  readonly offset: number;
  /** Of the database. */
  readonly digest: string;
  /** Name of the scanner. */
  readonly scanner: string;
  /** The build that counts from then on, by its digest. Absent: any. */
  readonly build?: string | undefined;
}

/** Databases and builds in the order of their announcements. Going back is a new announcement of an old digest. */
export class Announcements {
  readonly #digests: Announcement[] = [];

  add(offset: number, { scanner, database: { digest }, program }: AnnouncedContent): void {
    const before = this.#digests.at(-1);
    const build = program?.digest ?? (before?.scanner === scanner ? before.build : undefined);
    this.#digests.push({ offset, digest, scanner, build });
  }

  /** The last announcement. */
  get newest(): Announcement | undefined {
    return this.#digests.at(-1);
  }

  /** Offset of the first announcement of a database. */
  firstOf(digest: string): number | undefined {
    return this.#digests.find((each) => each.digest === digest)?.offset;
  }

  of(offset: number): Announcement | undefined {
    return this.#digests.find((each) => each.offset === offset);
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
