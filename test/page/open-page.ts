import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import axe from 'axe-core';
import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import type { Browser } from './browser.ts';
import { IN_PAGE } from './in-page.ts';

/** Where screenshots of the tests go. */
const SCREENSHOTS = fileURLToPath(new URL('../../coverage/page/', import.meta.url));

/** What a page does in a browser that it should not do. */
interface Misconduct {
  /** What the page or the browser complained about. */
  complaints: string[];
  /** Requests that were not GET, or went elsewhere. */
  strays: string[];
}

/** A page of the exporter in a browser, with a record of what it did there. */
export class OpenPage {
  readonly page: Page;
  readonly misconduct: Misconduct;
  private readonly base: string;

  private constructor(page: Page, base: string, misconduct: Misconduct) {
    this.page = page;
    this.base = base;
    this.misconduct = misconduct;
  }

  /** @param base address of the exporter, with a slash at its end */
  static async open(browser: Browser, base: string, hash = ''): Promise<OpenPage> {
    const page = await browser.context.newPage();
    await page.setViewportSize({ width: 1440, height: 900 });
    const misconduct: Misconduct = { complaints: [], strays: [] };
    const opened = new OpenPage(page, base, misconduct);
    page.on('pageerror', ({ message }) => misconduct.complaints.push(message));
    page.on('dialog', (dialog) => {
      misconduct.complaints.push(`dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    page.on('request', (request) => {
      if (request.method() !== 'GET' || !request.url().startsWith(base))
        misconduct.strays.push(`${request.method()} ${request.url()}`);
    });
    await page.addInitScript(IN_PAGE.record);
    await opened.goto(hash);
    return opened;
  }

  async goto(hash = ''): Promise<void> {
    await this.page.goto(`${this.base}${hash}`);
  }

  /** How much has moved without anybody's doing since it was loaded (Layout Instability API). */
  async layoutShift(): Promise<number> {
    return await this.page.evaluate(IN_PAGE.layoutShift);
  }

  /** The headline. */
  async verdict(): Promise<string> {
    return (await this.page.locator('h1').textContent()) ?? '';
  }

  /** Names of the clusters in sight, from top to bottom. */
  async names(): Promise<string[]> {
    return await this.page.evaluate(IN_PAGE.names);
  }

  /** What axe-core finds wrong, as rule and place. */
  async axeViolations(): Promise<string[]> {
    // Past the Content-Security-Policy, as an extension of the browser gets in.
    await this.page.evaluate(axe.source);
    return await this.page.evaluate(IN_PAGE.axe);
  }

  /** Keeps what it looks like now. */
  async screenshot(name: string): Promise<void> {
    await mkdir(SCREENSHOTS, { recursive: true });
    await this.page.screenshot({ path: join(SCREENSHOTS, `${name}.png`) });
  }

  /** Expects that it has kept to the rules, and closes it. */
  async close(): Promise<void> {
    const violations = await this.page.evaluate(IN_PAGE.violations);
    const cookies = await this.page.context().cookies();
    await this.page.close();
    expect({ ...this.misconduct, violations, cookies }).toEqual({
      complaints: [],
      strays: [],
      violations: [],
      cookies: [],
    });
  }
}
