import { randomUUID } from 'node:crypto';
import { measuring, type Service } from '@assay/event-sourcing';
import { writableFolder } from '@assay/messaging';
import { isAboutSetting, settingsHelp } from '@assay/settings';
import { startTelemetry } from '@assay/telemetry';
import { Ending } from './ending.ts';
import { Front } from './front.ts';
import { lastScrapes } from './last-scrapes.ts';
import { failuresTo, loggerOf, loggingObserver, warningsTo } from './logger.ts';
import { openPorts } from './ports.ts';
import { processSettings, listenError } from './settings.ts';
import { unknownSettings } from './unknown.ts';
import { version } from './version.ts';

/**
 * Runs one service as a process of its own, on Kafka and Redis; every `main.js` calls this. It answers `/healthz` at
 * once and `/readyz` once it works. SIGTERM and SIGINT end it: work in progress is finished or handed back.
 *
 * With `--help` it prints its settings instead.
 *
 * Exit codes: 0 stopped by request, 1 failed, 78 a setting is wrong (`EX_CONFIG` of sysexits.h).
 */
export const runService = async (service: Service, env: NodeJS.ProcessEnv = process.env): Promise<void> => {
  if (process.argv.includes('--help')) {
    console.log(`Runs ${service.name}. Its settings are environment variables:\n${settingsHelp(service.name)}`);
    return;
  }
  const logger = loggerOf(service.name, env);
  warningsTo(logger);
  for (const line of unknownSettings(env)) logger.warn({ code: 'unknown-setting' }, line);
  const ending = new Ending(logger);
  try {
    const {
      host,
      port,
      metricsPort,
      home,
      folder,
      isFolderGiven,
      blobs: blobFolder,
      tls,
    } = processSettings(service.name, service.routes.length > 0, env);
    service.settings.read(env);
    writableFolder(folder, isFolderGiven ? 'ASSAY_FOLDER' : 'ASSAY_FOLDER is not set, and');
    const telemetry = await startTelemetry({
      version,
      service: service.name,
      env,
      metrics: metricsPort === undefined ? undefined : { host, port: metricsPort },
    }).catch((error: unknown) => {
      throw listenError(error, host, metricsPort ?? 0, 'ASSAY_METRICS_PORT');
    });
    ending.before('telemetry', () => telemetry.shutdown());
    if (telemetry.metricsUrl !== undefined) logger.info({ url: telemetry.metricsUrl }, 'serving metrics');
    const failed = failuresTo(logger);
    const opening = {
      service: service.name,
      env,
      blobFolder,
      logger,
      failed,
      fatal: (error: unknown) => void ending.end(1, error),
      signal: ending.signal,
    };
    let readiness = async (): Promise<readonly string[]> => [];
    let notes = (): readonly string[] => [];
    const front = new Front(
      randomUUID(),
      () => readiness(),
      tls,
      () => notes(),
    );
    const url = await front.listen(port, host).catch((error: unknown) => {
      throw listenError(error, host, port);
    });
    ending.before('http', () => front.close());
    logger.info({ url }, 'starting');
    const ports = await openPorts(opening);
    readiness = () => ports.readiness();
    notes = () => ports.clocks.notes;
    ending.before('log and store', () => ports.close());
    const observer = loggingObserver(measuring(service.name, ports.failed), logger, ports.clocks);
    await telemetry.flush();
    const start = service.start({
      log: ports.log,
      store: ports.store,
      blobs: ports.blobs,
      telemetry,
      observer,
      env,
      folder,
      home,
      progress: (line) => logger.info(line),
      fatal: opening.fatal,
    });
    const running = await start.catch(async (error: unknown) => {
      await lastScrapes(error, { telemetry, logger, signal: ending.signal });
      throw error;
    });
    ending.before('service', () => running.close());
    await front.mount(service, ports.appends.readyWith(running));
    front.open();
    // Runs first: stop new requests, then the service hands back its work.
    ending.before('requests', () => front.close());
    logger.info({ url }, 'ready');
  } catch (error) {
    if (!ending.signal.aborted) await ending.end(isAboutSetting(error) ? 78 : 1, error);
  }
};
