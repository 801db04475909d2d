import { spawn } from 'node:child_process';

/** Opens an address in the default browser, if there is one. */
export function openBrowser(address: string, environment: NodeJS.ProcessEnv): void {
  const [command, ...args] = opener(environment);
  if (command === undefined) return;
  const child = spawn(command, [...args, address], { detached: true, stdio: 'ignore' });
  child.on('error', () => undefined);
  child.unref();
}

function opener({ DISPLAY, WAYLAND_DISPLAY }: NodeJS.ProcessEnv): string[] {
  switch (process.platform) {
    case 'darwin':
      return ['open'];
    case 'win32':
      return ['rundll32', 'url.dll,FileProtocolHandler'];
    default:
      return DISPLAY || WAYLAND_DISPLAY ? ['xdg-open'] : [];
  }
}
