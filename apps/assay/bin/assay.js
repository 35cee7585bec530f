#!/usr/bin/env node
// SQLite in Node 24 works and still warns about itself on every start.
process.removeAllListeners('warning');
process.on('warning', (warning) => {
  if (warning.name !== 'ExperimentalWarning') console.error(`${warning.name}: ${warning.message}`);
});

if (Number(process.versions.node.split('.')[0]) < 24) {
  console.error(
    `error: this is Node ${process.versions.node}, and Assay needs 24 or newer: start it with \`npx assay\` or \`npm run assay --\` from its folder, which bring their own`,
  );
  process.exit(1);
}
// The same as in apps/recommendation/src/thread-pool.ts.
process.env.UV_THREADPOOL_SIZE ??= '10';
await import('../dist/main.js');
