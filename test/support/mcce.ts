import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** The built `mcce`. */
export const MCCE = fileURLToPath(new URL('../../dist/mcce.js', import.meta.url));

/** What a command printed, and how it ended. */
export interface Outcome {
  code: number;
  stdout: string;
  stderr: string;
}

/**
 * Runs the built `mcce` as a process of its own, without a terminal.
 *
 * @param environment beside PATH; nothing of the test's own gets in
 * @param input for its stdin
 */
export async function mcce(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
  input = '',
): Promise<Outcome> {
  const env = { PATH: process.env.PATH, ...environment };
  return await new Promise((resolve, reject) => {
    const child = execFile(
      process.execPath,
      [MCCE, ...args],
      { env, timeout: 60_000 },
      (error, stdout, stderr) => {
        const code = error ? error.code : 0;
        if (typeof code === 'number') resolve({ code, stdout, stderr });
        else reject(new Error(`mcce ${args.join(' ')} did not end by itself:\n${stdout}${stderr}`));
      },
    );
    child.stdin?.end(input);
  });
}
