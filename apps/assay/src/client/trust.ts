import { readFileSync } from 'node:fs';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';

/** From here on whoever asks in this process believes this authority, too, besides those that it believed before. */
export const trust = (caFile: string): void =>
  setDefaultCACertificates([...getCACertificates('default'), readFileSync(caFile, 'utf8')]);
