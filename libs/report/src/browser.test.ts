import axe from 'axe-core';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { chromium, type Browser, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { State } from '@lyceum/contracts/orchestrator';
import { exampleRun } from './example/example-run.js';
import { writeReport } from './write-report.js';

const places = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const executablePath = [process.env.CHROMIUM_PATH ?? '', ...places].find((place) => existsSync(place));
if (executablePath === undefined) {
  console.warn(
    `SKIPPED: the report was not opened in a browser. Install one (apt-get install chromium) or set CHROMIUM_PATH; looked at ${places.join(', ')}`,
  );
}

const screens = fileURLToPath(new URL('../test-results/', import.meta.url));

describe.skipIf(executablePath === undefined)('the report in a browser', () => {
  let browser: Browser;
  let folder = '';
  const urls: Record<string, string> = {};

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lyceum-report-'));
    await mkdir(screens, { recursive: true });
    const whole = await writeReport({
      ...exampleRun(),
      environment: { Engine: 'TensorFlow on cpu' },
      file: join(folder, 'whole.html'),
    });
    const { run, events, evaluations } = exampleRun();
    Object.assign(run, { state: State.FAILED });
    Object.assign(run.tasks[2], {
      state: State.FAILED,
      results: {},
      error: { code: 14, message: 'the teacher is gone', details: [] },
    });
    delete evaluations.kd;
    const failed = await writeReport({ run, events, evaluations, file: join(folder, 'failed.html') });
    urls.whole = pathToFileURL(whole.file).href;
    urls.failed = pathToFileURL(failed.file).href;
    browser = await chromium.launch({
      ...(executablePath === undefined ? {} : { executablePath }),
      args: [...(process.getuid?.() === 0 ? ['--no-sandbox'] : []), '--disable-background-networking'],
    });
  });

  afterAll(async () => {
    await browser?.close();
    await rm(folder, { recursive: true, force: true });
  });

  async function open(url: string, options: { width?: number; colorScheme?: 'light' | 'dark' } = {}) {
    const { width = 1280, colorScheme = 'light' } = options;
    const page = await browser.newPage({
      viewport: { width, height: 900 },
      colorScheme,
      reducedMotion: 'reduce',
    });
    const complaints: string[] = [];
    const requests: string[] = [];
    page.on('console', (message) => complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(String(error)));
    page.on('request', (request) => requests.push(request.url().slice(0, 60)));
    await page.goto(url);
    return { page, complaints, requests };
  }

  /** What axe finds, as lines; empty when all is well. */
  async function violations(page: Page): Promise<string[]> {
    await page.evaluate(axe.source);
    const found = await page.evaluate<{ id: string; nodes: { html: string; failureSummary?: string }[] }[]>(
      'axe.run(document, { resultTypes: ["violations"] }).then((result) => result.violations)',
    );
    return found.map(
      ({ id, nodes }) => `${id}: ${nodes[0].html.slice(0, 200)} ${nodes[0].failureSummary ?? ''}`,
    );
  }

  for (const [name, url, width, colorScheme] of [
    ['light', 'whole', 1280, 'light'],
    ['dark', 'whole', 1280, 'dark'],
    ['phone', 'whole', 390, 'light'],
    ['failed', 'failed', 1280, 'dark'],
  ] as const) {
    it(`shows without complaint, without the network and without barriers: ${name}`, async () => {
      const { page, complaints, requests } = await open(urls[url], { width, colorScheme });
      for (const button of await page.locator('[data-show=confusion-change]').all()) await button.click();
      await page.locator('details').evaluateAll((all) => all.forEach((one) => one.setAttribute('open', '')));
      await page.screenshot({ path: join(screens, `report-${name}.png`), fullPage: true });
      expect(await violations(page)).toEqual([]);
      expect(complaints).toEqual([]);
      expect(
        requests.filter((address) => address !== urls[url].slice(0, 60) && !address.startsWith('data:')),
      ).toEqual([]);
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
      await page.close();
    });
  }

  it('reads the curves out under the pointer and by the arrow keys', async () => {
    const { page, complaints } = await open(urls.whole);
    const plot = page.locator('#chart-accuracy .plot');
    await plot.hover();
    const tip = page.locator('#chart-accuracy .tip');
    expect(await tip.isVisible()).toBe(true);
    expect(await tip.locator('p').allTextContents()).toHaveLength(5);
    await plot.focus();
    await page.keyboard.press('Home');
    expect(await plot.getAttribute('aria-valuenow')).toBe('0');
    await page.keyboard.press('ArrowRight');
    expect(await plot.getAttribute('aria-valuetext')).toMatch(
      /^step 1: teacher [\d.]+, alone [\d.]+, kd [\d.]+, at [\d.]+$/,
    );
    await page.locator('[data-toggle=teacher]').click();
    await plot.focus();
    await page.keyboard.press('End');
    expect(await plot.getAttribute('aria-valuetext')).toMatch(/^step 79: alone/);
    expect(await page.locator('#chart-accuracy g[data-task=teacher]').isVisible()).toBe(false);
    expect(complaints).toEqual([]);
    await page.close();
  });

  it('switches between losses and between matrices', async () => {
    const { page } = await open(urls.whole);
    expect(await page.locator('#chart-loss').isVisible()).toBe(true);
    await page.getByRole('button', { name: 'ce', exact: true }).click();
    expect(await page.locator('#chart-loss').isVisible()).toBe(false);
    expect(await page.locator('#chart-term-1').isVisible()).toBe(true);
    const changes = page.getByRole('table', { name: /minus that of alone/ });
    expect(await changes.isVisible()).toBe(false);
    await page.getByRole('button', { name: 'change from alone' }).press('Enter');
    expect(await changes.isVisible()).toBe(true);
    await page.close();
  });

  it('reaches every control by the Tab key alone', async () => {
    const { page } = await open(urls.whole);
    const count = await page.evaluate<number>(`(() => {
      const controls = document.querySelectorAll('a[href], button, summary, [tabindex]');
      const visible = [...controls].filter((one) => one.checkVisibility());
      visible.forEach((one, i) => (one.dataset.order = String(i)));
      return visible.length;
    })()`);
    const reached = new Set<string>();
    for (let i = 0; i < count; i += 1) {
      await page.keyboard.press('Tab');
      reached.add(await page.evaluate<string>('document.activeElement.dataset.order'));
    }
    expect(count).toBeGreaterThan(20);
    expect(reached.size).toBe(count);
    await page.close();
  });

  it('copies the recipe to the letter', async () => {
    const { page } = await open(urls.whole);
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await page.locator('[data-copy=recipe-text]').click();
    await page.locator('[data-copy=recipe-text]', { hasText: 'Copied' }).waitFor();
    expect(await page.evaluate('navigator.clipboard.readText()')).toBe(exampleRun().run.recipe);
    await page.close();
  });

  it('shows everything where scripts are off', async () => {
    const context = await browser.newContext({ javaScriptEnabled: false });
    const page = await context.newPage();
    await page.goto(urls.whole);
    expect(await page.locator('#chart-term-1').isVisible()).toBe(true);
    expect(await page.locator('.matrix').count()).toBe(2);
    expect(await page.locator('.matrix').nth(1).isVisible()).toBe(true);
    await context.close();
  });
});
