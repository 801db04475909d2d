import { InvalidArgumentError, Option } from 'commander';
import { parseDuration } from '../base/config/duration.ts';
import { FORMATS } from './format.ts';

/** `-o`, for commands that print what they found. */
export function outputOption(): Option {
  return new Option('-o, --output <format>', 'how to print it').choices(FORMATS).default('table');
}

/** `-o`, for commands that print clusters; `name`: their names alone. */
export function clustersOutputOption(): Option {
  return new Option('-o, --output <format>', 'how to print it; name: the names alone, a line each')
    .choices([...FORMATS, 'name'])
    .default('table');
}

/** `--state`, for commands that print clusters. */
export function stateOption(states: readonly string[]): Option {
  return new Option('--state <state>', 'only clusters in this state; can be given several times')
    .choices(states)
    .argParser((state, chosen: readonly string[] | undefined) => {
      if (states.includes(state)) return [...(chosen ?? []), state];
      throw new InvalidArgumentError(`Allowed choices are ${states.join(', ')}.`);
    });
}

/** `--timeout`, a minute by default. */
export function timeoutOption(description: string): Option {
  return new Option('--timeout <duration>', description).argParser(durationArgument).default(60_000, '60s');
}

/** Collects the values of an option that can be given several times. */
export function collect(value: string, values: readonly string[] = []): string[] {
  return [...values, value];
}

/** Reads an option that is a duration; beside the units of the settings it may be in days. @returns milliseconds @throws InvalidArgumentError */
export function durationArgument(text: string): number {
  const days = /^(\d{1,5})d$/.exec(text)?.[1];
  const ms = days === undefined ? parseDuration(text) : Number(days) * 86_400_000;
  if (ms === undefined || ms === 0)
    throw new InvalidArgumentError('It is not a duration such as 30s, 5m, 8760h or 30d.');
  return ms;
}

/** Reads an option that is the address of an exporter. @throws InvalidArgumentError */
export function urlArgument(text: string): URL {
  const url = URL.parse(text);
  if (!url || !/^https?:$/.test(url.protocol) || url.username || url.password || url.search || url.hash)
    throw new InvalidArgumentError('It is not an address such as http://localhost:8080.');
  return url;
}
