import { expect, it } from 'vitest';
import { runScript } from './support/run-script.ts';

it('refuses to measure a scenario it does not know, and names those it does', async () => {
  const { code, stdout, stderr } = await runScript('bench', ['--quick', '--only', 'nothing'], {});
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toMatch(/--only nothing: the scenarios are start, sketches, alone, throughput-20-0.2, /);
});
