import { type Command, InvalidArgumentError, Option } from 'commander';
import { durationArgument } from '../options.ts';

/** Adds the options of commands that make a token. */
export function addTokenOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--duration <time>', 'how long the token is to last, such as 720h or 30d')
        .argParser(tokenDuration)
        .default(tokenDuration('8760h'), '8760h'),
    )
    .option('--token-secret', 'make a token Secret, whose token does not expire')
    .addOption(
      new Option(
        '--renew',
        'let the ServiceAccount make new tokens of itself, for the extension token-renewal',
      ).conflicts('tokenSecret'),
    )
    .addOption(
      new Option(
        '--export <file>',
        'write a manifest of the one entry to this new file, not to the hub; it holds the token',
      ).conflicts('into'),
    )
    .option('--into <file>', 'write the entry into this manifest of the registry, not to the hub');
}

/** API servers make no token for less (TokenRequest, authentication.k8s.io/v1). */
function tokenDuration(text: string): number {
  const ms = durationArgument(text);
  if (ms < 600_000) throw new InvalidArgumentError('A token lasts 10m at least.');
  return ms;
}
