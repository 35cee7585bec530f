/** A list whose entries are made while it is written: a document of a large image does not fit into memory. */
export class DocumentEntries<Entry> implements Iterable<Entry> {
  constructor(private readonly made: () => Iterable<Entry>) {}

  [Symbol.iterator](): Iterator<Entry> {
    return this.made()[Symbol.iterator]();
  }

  /** Called by `JSON.stringify`. */
  toJSON(): Entry[] {
    return [...this];
  }
}
