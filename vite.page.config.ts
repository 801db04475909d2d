import { defineConfig } from 'vite';

/** The front end of the status page: `dist/page/`, which the exporter serves. Addresses are relative; nothing is inline, for the CSP. */
export default defineConfig({
  root: 'src/status-page/front-end',
  base: './',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: '../../../dist/page',
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: false,
    license: { fileName: 'licenses.txt' },
    target: 'es2023',
  },
});
