import { randomUUID } from 'node:crypto';
import type { AnyEvent, DataOf, RegistryObserved } from '@assay/events';
import { recordOf, type EventLog } from '@assay/messaging';
import type { HeldSweep } from '../domain/state.ts';

/** Up to so many images are taken for gone without a question: of a small registry they are soon a large share. */
export const handful = 5;

/** What a sweep found gone, of how many that are known. */
export interface Gone {
  readonly gone: number;
  readonly known: number;
}

/** Whether a sweep may say it: a registry that was restored empty, or has another behind its name, answers 404 to everything. */
export const isPlausible = ({ gone, known }: Gone, sharePercent: number): boolean =>
  gone <= handful || gone * 100 <= known * sharePercent;

/** Whether somebody ordered it, when he was shown about as much. */
export const isOrdered = ({ gone }: Gone, held: HeldSweep | undefined): boolean =>
  held?.order !== undefined && gone <= held.gone + handful;

/** A sweep would delete more than is plausible. */
export class SweepHeld extends Error {
  readonly code = 'sweep-held';
  readonly remedy: string;

  constructor({ loginServer }: Pick<RegistryObserved, 'loginServer'>, { gone, known }: Gone) {
    super(
      `${gone} of the ${known} images that are known of ${loginServer} are gone from it; none is said to be deleted`,
    );
    this.remedy = `see whether it was restored empty, or is another one; once it is back nothing need be done, and where they are gone indeed, \`assay sweep confirm ${loginServer} --why …\` orders it`;
  }
}

export const targetOfSweep = (registryId: string): string => `sweep/${registryId.toLowerCase()}`;

/** Appends what is said of a sweep to the audit trail. */
export const sayOfSweep = async (
  log: EventLog,
  registry: Pick<RegistryObserved, 'registryId' | 'loginServer'>,
  said: Pick<DataOf<'operator.acted'>, 'outcome' | 'by' | 'why'> & Partial<Gone>,
  marks: { readonly id: string; readonly traceparent?: string } = { id: randomUUID() },
): Promise<void> => {
  const { outcome, by, why, gone, known } = said;
  const target = targetOfSweep(registry.registryId);
  const data: DataOf<'operator.acted'> = {
    command: 'sweep',
    target,
    by,
    why,
    outcome,
    details: {
      registryId: registry.registryId,
      loginServer: registry.loginServer,
      ...(gone === undefined ? {} : { gone, known }),
    },
  };
  const event: AnyEvent = {
    ...marks,
    source: '/assay/ingestion',
    subject: target,
    time: new Date().toISOString(),
    correlationid: marks.id,
    topic: 'operator.acted',
    data,
  };
  await log.append([recordOf(event, log.partitions)]);
};
