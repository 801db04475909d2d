import { readFileSync } from 'node:fs';

const read = (file: string) => readFileSync(new URL(file, import.meta.url), 'utf8');

/** Data of a source with keys and bytes chosen to hurt: base64 text by key, in no order. */
export const GOLDEN_SOURCE: ReadonlyMap<string, string> = new Map(
  Object.entries(JSON.parse(read('source.json')) as Record<string, string>),
);

/** What Go's `json.Marshal(map[string][]byte)` gives for {@link GOLDEN_SOURCE}; made by marshal.go. */
export const GOLDEN_MARSHALLED = read('marshalled.json');
