import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { onTestFinished } from 'vitest';
import { isTagKey } from '@assay/events';
import { EmbeddedStore, silent, type ServicePorts } from '@assay/event-sourcing';
import { EmbeddedLog } from '@assay/messaging';
import { startTelemetry } from '@assay/telemetry';
import { ingestion } from '../src/index.ts';

const telemetry = await startTelemetry({ version: '0', env: { OTEL_SDK_DISABLED: 'true' } });
export const untraced = telemetry.tracer('ingestion');

export interface EmittedEvent {
  readonly id: string;
  readonly topic: string;
  readonly key: string;
  readonly data: Record<string, unknown>;
}

/** The started service, with a log and a store in memory. */
export const started = async (
  registries: readonly object[],
  { log = new EmbeddedLog(':memory:'), store = new EmbeddedStore(':memory:'), env = {} as Record<string, string> } = {},
) => {
  const service = await ingestion.start({
    log,
    store,
    telemetry,
    env: { ...env, ASSAY_REGISTRIES: JSON.stringify(registries) },
    observer: silent,
    folder: '',
    home: '',
    progress: () => undefined,
    fatal: () => undefined,
    blobs: undefined as never,
  } satisfies ServicePorts);
  const app = service.app as unknown as NestFastifyApplication;
  await app.getHttpAdapter().getInstance().ready();
  onTestFinished(async () => {
    await service.close();
    await log.close().catch(() => undefined);
  });
  /** All events of a topic, without fences. */
  const all = async (topic: string): Promise<EmittedEvent[]> => {
    const found: EmittedEvent[] = [];
    for (let partition = 0; partition < log.partitions; partition += 1) {
      for await (const { records } of log.read(topic, partition, 0, await log.end(topic, partition))) {
        found.push(
          ...records
            .filter(({ headers }) => headers.ce_type !== 'assay.fence.v1')
            .map(({ headers, key, value }) => ({
              id: headers.ce_id!,
              topic,
              key,
              data: JSON.parse(value) as EmittedEvent['data'],
            })),
        );
      }
    }
    return found;
  };
  const isAboutTag = ({ key, data }: EmittedEvent): boolean => isTagKey(key) || data.sender === 'tag';
  return {
    service,
    app,
    log,
    store,
    /** All events of a topic about images, without fences. */
    emitted: async (topic: string) =>
      (await all(topic)).filter((event) => topic !== 'notification.received' || !isAboutTag(event)),
    /** All notifications about tags. */
    aboutTags: async () => (await all('notification.received')).filter(isAboutTag),
  };
};
