import { InvalidArgumentError, Option } from 'commander';
import { parseDuration } from '../base/config/duration.ts';
import { FORMATS } from './format.ts';

/** `-o`, for commands that print what they found. */
export function outputOption(): Option {
  return new Option('-o, --output <format>', 'how to print it').choices(FORMATS).default('table');
}

/** Reads an option that is a duration. @returns milliseconds @throws InvalidArgumentError */
export function durationArgument(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined || ms === 0)
    throw new InvalidArgumentError('It is not a duration such as 30s, 5m or 8760h.');
  return ms;
}

/** Reads an option that is the address of an exporter. @throws InvalidArgumentError */
export function urlArgument(text: string): URL {
  const url = URL.parse(text);
  if (!url || !/^https?:$/.test(url.protocol) || url.username || url.password || url.search || url.hash)
    throw new InvalidArgumentError('It is not an address such as http://localhost:8080.');
  return url;
}
