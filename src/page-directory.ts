import { fileURLToPath } from 'node:url';

/** Where the built front end of the status page is: seen from the program as source, compiled, and in one file. */
export const PAGE_DIRECTORY = fileURLToPath(new URL('../dist/page/', import.meta.url));
