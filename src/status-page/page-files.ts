import { readdir, readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';

/** Media types of the kinds of files that the front end has, by the end of their names. */
export const FILE_TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** A file as it is sent. */
export interface PageFile {
  readonly type: string;
  readonly body: Buffer;
}

/**
 * The files of the built front end. They are read on the first request, so that they take no memory until somebody opens the page. A
 * requested name is only looked up, and never used as a path.
 */
export class PageFiles {
  private reading: Promise<ReadonlyMap<string, PageFile>> | undefined;

  /** @param directory with `index.html` and `assets/` */
  constructor(private readonly directory: string) {}

  /** @param name such as `index.html` or `assets/index-1a2b3c.js` @returns undefined when there is no such file */
  async get(name: string): Promise<PageFile | undefined> {
    this.reading ??= this.read();
    return (await this.reading).get(name);
  }

  private async read(): Promise<ReadonlyMap<string, PageFile>> {
    const names = await readdir(this.directory, { recursive: true }).catch(() => []);
    const files = names.flatMap((name) => {
      const type = FILE_TYPES[extname(name)];
      return type === undefined ? [] : { name: name.replaceAll('\\', '/'), type };
    });
    return new Map(
      await Promise.all(
        files.map(async ({ name, type }) => {
          const body = await readFile(join(this.directory, name));
          return [name, { type, body }] as const;
        }),
      ),
    );
  }
}
