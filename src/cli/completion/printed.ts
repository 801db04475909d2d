/** What a task prints. The library prints all that it knows, and hands nothing out. */
export function printed(task: () => void): string {
  const lines: string[] = [];
  const { console } = globalThis;
  globalThis.console = { ...console, log: (line: string) => lines.push(line) };
  try {
    task();
  } finally {
    globalThis.console = console;
  }
  return lines.join('\n');
}
