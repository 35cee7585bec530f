import { join, resolve } from 'node:path';
import { builtPrograms } from '../go-programs.ts';
import { freePort, host } from './ports.ts';
import { RunningServer } from './server.ts';

/** A Jaeger with the address of its HTTP API. */
export interface Jaeger extends RunningServer {
  /** For `OTEL_EXPORTER_OTLP_ENDPOINT`. */
  readonly otlp: string;
}

/**
 * Starts a real Jaeger that keeps traces in memory, on loopback, without its pages. It is the last release whose module
 * the Go proxy has: those of version 2 are tagged, but named as a module of version 1.
 */
export const startJaeger = async (folder: string): Promise<Jaeger> => {
  const programs = await builtPrograms({
    name: 'jaeger',
    module: 'github.com/jaegertracing/jaeger',
    version: 'v1.76.0',
    hash: 'h1:sWCOOF1dr+NL0PLil7mFo3BqqQL8k4WiM7aguFbc14g=',
    packages: ['cmd/all-in-one'],
  });
  const command = join(programs, 'all-in-one');
  const [port, otlpPort] = [await freePort(), await freePort()];
  const unused = ['admin.http', 'collector.grpc-server', 'collector.http-server', 'collector.otlp.grpc'];
  const others = await Promise.all(
    [...unused, 'query.grpc-server'].map(async (name) => [name, await freePort()] as const),
  );
  const ports = [['query.http-server', port], ['collector.otlp.http', otlpPort], ...others] as const;
  const server = await RunningServer.start({
    name: 'jaeger',
    folder: resolve(folder),
    port,
    url: `http://${host}:${port}`,
    command,
    args: ports.map(([name, its]) => `--${name}.host-port=${host}:${its}`),
    remedy: `rm ${command}`,
    answers: async (candidate) =>
      (await fetch(`http://${host}:${candidate}/api/services`).catch(() => undefined))?.ok === true,
  });
  return Object.assign(server, { otlp: `http://${host}:${otlpPort}` });
};
