import { defineConfig } from 'vite';

/** A browser with `light-dark()`, so that no colour has to be written twice. */
const target = ['chrome123', 'edge123', 'firefox120', 'safari17.5'];

export default defineConfig({
  base: '/portal/',
  build: {
    target,
    // The script that empties the folder keeps what the compiler remembers there.
    emptyOutDir: false,
    // Data of files in the address would need a looser policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    rolldownOptions: {
      // Libraries mark what is for browsers; all of this is. A busy machine is slow.
      onLog: (level, log, next) => {
        if (log.code !== 'MODULE_LEVEL_DIRECTIVE' && log.code !== 'PLUGIN_TIMINGS') next(level, log);
      },
    },
  },
  css: { transformer: 'lightningcss' },
  // `npx vite apps/portal` serves the sources, over the suite that `assay up` has started.
  server: { proxy: { '/assay': 'http://127.0.0.1:7070', '/providers': 'http://127.0.0.1:7070' } },
});
