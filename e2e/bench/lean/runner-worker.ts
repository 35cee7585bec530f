// The thread of the runner. Log and other services run in the main thread.
import 'reflect-metadata';
import { parentPort, workerData } from 'node:worker_threads';
import { startRunner, type RunnerData } from './runner.ts';

const runner = await startRunner(workerData as RunnerData);
parentPort!.once('message', () => {
  void runner.close().then(() => process.exit(0));
});
parentPort!.postMessage('started');
