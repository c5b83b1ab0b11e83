// Writes what a project's tests came to, so that one script can add up every project, cached ones included.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export default class CountReporter {
  onInit(vitest) {
    this.root = vitest.config.root;
  }

  onTestRunEnd(modules, errors) {
    const counts = { passed: 0, failed: errors.length, skipped: 0, skips: [] };
    for (const module of modules) {
      if (module.errors().length > 0) counts.failed += 1;
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        if (state === 'passed') counts.passed += 1;
        else if (state === 'failed') counts.failed += 1;
        else {
          counts.skipped += 1;
          counts.skips.push(test.fullName);
        }
      }
    }
    const folder = join(this.root, 'test-results');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'counts.json'), `${JSON.stringify(counts, null, 2)}\n`);
    console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
  }
}
