#!/usr/bin/env node
// SQLite in Node 24 works and still warns about itself on every start.
process.removeAllListeners('warning');
process.on('warning', (warning) => {
  if (warning.name !== 'ExperimentalWarning') console.error(`${warning.name}: ${warning.message}`);
});

/** The Node that npm installed beside Assay. */
const ownNode = async () => {
  const { createRequire } = await import('node:module');
  try {
    return createRequire(import.meta.url).resolve(`node-linux-${process.arch}/bin/node`);
  } catch {
    return undefined;
  }
};

/** Starts this command again with another Node, passes signals on, and ends as it ends. */
const startedAgain = async (node) => {
  const { spawn } = await import('node:child_process');
  const child = spawn(node, [...process.execArgv, ...process.argv.slice(1)], { stdio: 'inherit' });
  // Ctrl-C reaches the child by itself: it is in the same group.
  process.on('SIGINT', () => undefined);
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => {
    if (signal) {
      process.removeAllListeners(signal);
      process.kill(process.pid, signal);
    } else process.exit(code);
  });
};

if (Number(process.versions.node.split('.')[0]) >= 24) {
  // The same as in apps/recommendation/src/thread-pool.ts.
  process.env.UV_THREADPOOL_SIZE ??= '10';
  await import('../dist/main.js');
} else {
  const node = await ownNode();
  if (node) await startedAgain(node);
  else {
    console.error(
      `error: this is Node ${process.versions.node}, and Assay needs 24 or newer: install it with its optional packages, which bring their own`,
    );
    process.exit(1);
  }
}
