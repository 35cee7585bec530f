import Negotiator from 'negotiator';
import { ArmError, type ArmReply, type ArmRequest } from '@assay/arm';

/** In the order in which they are offered to whoever takes anything. */
const formats = {
  'application/json': 'json',
  'application/sarif+json': 'sarif',
  'application/vnd.cyclonedx+json': 'cyclonedx',
  'application/vnd.cyclonedx+json; version=1.6': 'cyclonedx',
} as const;

export type Format = (typeof formats)[keyof typeof formats];

const types: Readonly<Record<Format, string>> = { json: 'application/json; charset=utf-8', sarif: 'application/sarif+json; charset=utf-8', cyclonedx: 'application/vnd.cyclonedx+json; version=1.6; charset=utf-8' };

/** The form in which the client wants the answer (RFC 9110, 12.5.1).
 * @throws ArmError 406 where it takes none that there is */
export const formatFor = (request: ArmRequest, reply: ArmReply): Format => {
  reply.header('vary', 'Accept');
  const type = new Negotiator({ headers: request.headers as Record<string, string> }).mediaType(Object.keys(formats)) as keyof typeof formats | undefined;
  if (!type) throw new ArmError(406, 'NotAcceptable', `There is ${Object.keys(formats).slice(0, 3).join(', ')}.`);
  return formats[type];
};

export const typed = (reply: ArmReply, format: Format): void => { reply.header('content-type', types[format]); };
