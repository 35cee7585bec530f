/** An event of a stream (WHATWG HTML, 9.2.6). */
export interface StreamedEvent {
  readonly id: string | undefined;
  readonly data: string;
}

/**
 * Takes events out of the text of a stream, in any pieces. `EventSource` cannot send the token, so the stream is read
 * here.
 * @param take receives each event that has data
 * @returns takes the next piece
 */
export const eventReader = (take: (event: StreamedEvent) => void): ((piece: string) => void) => {
  let rest = '';
  return (piece) => {
    const blocks = (rest + piece).replaceAll('\r\n', '\n').split('\n\n');
    rest = blocks.pop() ?? '';
    for (const block of blocks) {
      const fields = block.split('\n').map((line) => {
        const at = line.indexOf(':');
        return at < 0 ? [line, ''] : [line.slice(0, at), line.slice(at + 1).replace(/^ /, '')];
      });
      const valuesOf = (name: string): string[] =>
        fields.flatMap(([key, value]) => (key === name ? [value ?? ''] : []));
      const data = valuesOf('data');
      if (data.length > 0) take({ id: valuesOf('id').at(-1), data: data.join('\n') });
    }
  };
};
