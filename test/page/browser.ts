import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserContext, chromium } from 'playwright-core';
import { provisionChromium } from './chromium.ts';

/** A container has neither a sandbox nor a graphics card, and a test calls nobody. */
const FLAGS: string[] = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-dev-shm-usage',
];

/** A Chromium with a profile of its own. */
export class Browser {
  readonly context: BrowserContext;
  private readonly profile: string;

  private constructor(context: BrowserContext, profile: string) {
    this.context = context;
    this.profile = profile;
  }

  static async start(options: { deviceScaleFactor?: number } = {}): Promise<Browser> {
    const profile = await mkdtemp(join(tmpdir(), 'mcce-chromium-'));
    const context = await chromium.launchPersistentContext(profile, {
      executablePath: await provisionChromium(),
      args: FLAGS,
      headless: true,
      ...options,
    });
    return new Browser(context, profile);
  }

  async stop(): Promise<void> {
    await this.context.close();
    await rm(this.profile, { recursive: true, force: true });
  }
}
