import { access, constants, open, stat } from 'node:fs/promises';

const elfMagic = 0x7f454c46;
const interpreterSegment = 3;
const headerBytes = 4096;

/** True if the program needs a dynamic loader. Every linker puts its segment table within the first page. */
const wantsLoader = (head: Buffer): boolean => {
  const [table, entryBytes, entries] = [Number(head.readBigUInt64LE(32)), head.readUInt16LE(54), head.readUInt16LE(56)];
  for (let at = table; at < table + entryBytes * entries && at + 4 <= head.length; at += entryBytes) {
    if (head.readUInt32LE(at) === interpreterSegment) return true;
  }
  return false;
};

/**
 * Returns the reason why a program cannot run in the sandbox, which has no library and no shell; undefined if it can.
 */
export const unfitness = async (path: string): Promise<string | undefined> => {
  const found = await stat(path).catch(() => undefined);
  if (!found?.isFile()) return 'it is not a file';
  if (
    await access(path, constants.X_OK).then(
      () => false,
      () => true,
    )
  )
    return 'it is not executable';
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(headerBytes), 0, headerBytes, 0);
    if (bytesRead < 64 || buffer.readUInt32BE(0) !== elfMagic)
      return 'it is not a Linux program (a script or a wrapper?)';
    return wantsLoader(buffer) ? 'it is dynamically linked (build it with CGO_ENABLED=0)' : undefined;
  } finally {
    await file.close();
  }
};
