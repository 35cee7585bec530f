import { eventReader } from './event-stream.ts';

/** How far a stream was read. It outlives the connections. */
export interface StreamPlace {
  /** Id of the last event; undefined to begin with the next one. */
  last: string | undefined;
}

/**
 * Reads a stream of events until it ends, from its place on. The place is kept also if the stream breaks off.
 * @param connect asks for the stream with these headers
 * @param take receives the data of each event
 * @param onPiece is called for each piece, also one without an event
 * @param missed is called if the service does not know the place any more, so that events are lost
 * @throws Error if there is no stream, or it breaks off
 */
export const follow = async (
  place: StreamPlace,
  connect: (headers: Readonly<Record<string, string>>) => Promise<Response>,
  take: (data: string) => void,
  onPiece: () => void,
  missed: () => void,
): Promise<void> => {
  const response = await connect({
    accept: 'text/event-stream',
    ...(place.last === undefined ? {} : { 'last-event-id': place.last }),
  });
  if (response.status === 410 && place.last !== undefined) {
    // The log or its key was replaced, or the place is too far behind: it would be refused for ever.
    place.last = undefined;
    missed();
  }
  if (!response.ok || !response.body) throw new Error(`no stream: ${response.status}`);
  const read = eventReader(({ id, data }) => {
    place.last = id ?? place.last;
    take(data);
  });
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
    onPiece();
    read(piece.value);
  }
};
