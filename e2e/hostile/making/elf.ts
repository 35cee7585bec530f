interface Section {
  readonly name: string;
  readonly content: Buffer;
  /** The size that the section table claims instead of the real one. */
  readonly size?: bigint;
  readonly compressed?: boolean;
}

/** A program for x86-64 with sections that may claim anything. */
export const elfOf = (sections: readonly Section[], { count }: { readonly count?: number } = {}): Buffer => {
  const all = [
    ...sections,
    { name: '.shstrtab', content: Buffer.from(`\0${[...sections.map(({ name }) => name), '.shstrtab'].join('\0')}\0`) },
  ];
  const names = all.at(-1)!.content;
  const head = Buffer.alloc(64);
  Buffer.from('7f454c46020101', 'hex').copy(head);
  head.writeUInt16LE(2, 16);
  head.writeUInt16LE(62, 18);
  head.writeUInt32LE(1, 20);
  let offset = 64;
  const rows = [
    Buffer.alloc(64),
    ...all.map(({ name, content, ...claims }): Buffer => {
      const row = Buffer.alloc(64);
      row.writeUInt32LE(names.indexOf(`${name}\0`), 0);
      row.writeUInt32LE(name === '.shstrtab' ? 3 : 1, 4);
      if ('compressed' in claims && claims.compressed) row.writeBigUInt64LE(0x800n, 8);
      row.writeBigUInt64LE(BigInt(offset), 24);
      row.writeBigUInt64LE(('size' in claims ? claims.size : undefined) ?? BigInt(content.length), 32);
      offset += content.length;
      return row;
    }),
  ];
  head.writeBigUInt64LE(BigInt(offset), 40);
  head.writeUInt16LE(64, 52);
  head.writeUInt16LE(64, 58);
  head.writeUInt16LE(count ?? rows.length, 60);
  head.writeUInt16LE(rows.length - 1, 62);
  return Buffer.concat([head, ...all.map(({ content }) => content), ...rows]);
};
