import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { readPictureSize } from '../src/pixels/picture-size.ts';
import { startFireworksStandIn } from './support/stand-ins/fireworks.ts';

const COMMAND = fileURLToPath(new URL('../src/imagine.ts', import.meta.url));
const failed = z.object({ code: z.number(), stdout: z.string(), stderr: z.string() });

async function makeFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'easel-imagine-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** The command in an empty folder, without any setting. */
const imagine = (...args: string[]) => imagineWith({}, ...args);

async function imagineWith(settings: Record<string, string>, ...args: string[]) {
  const cwd = await makeFolder();
  await writeFile(join(cwd, 'a-text.txt'), 'a fox');
  const { PATH = '' } = process.env;
  const ended = await promisify(execFile)(process.execPath, [COMMAND, ...args], {
    cwd,
    env: { PATH, ...settings },
  }).then(
    (output) => ({ code: 0, ...output }),
    (error: unknown) => failed.parse(error),
  );
  return { ...ended, cwd };
}

it('paints, says what it painted, and writes the picture', async () => {
  const { code, stdout, cwd } = await imagine('a lighthouse', '--aspect', '16:9', '--seed', '7', '--steps', '1');
  expect(stdout).toMatch(/^sketch · 1408×792 · 1 step · seed 7 · [\d.]+ s · free\nout\.png\n$/);
  expect(code).toBe(0);
  expect(readPictureSize(await readFile(join(cwd, 'out.png')))).toEqual({ width: 1408, height: 792 });
});

it('numbers several, and says where a name promises another kind of picture', async () => {
  const { stdout } = await imagine('a fox', '--count', '2', '--steps', '1', '--out', 'fox.jpg');
  expect(stdout).toContain(
    'fox-1.jpg (a picture of the type image/png)\nfox-2.jpg (a picture of the type image/png)\n',
  );
});

it('says what a provider answered, and which variable to look at', async () => {
  const fireworks = await startFireworksStandIn({ apiKey: 'right' });
  onTestFinished(() => fireworks.close());
  const settings = { FIREWORKS_API_KEY: 'wrong', FIREWORKS_BASE_URL: fireworks.url };
  const { code, stderr } = await imagineWith(settings, 'a fox', '--model', 'fireworks/flux-schnell');
  expect(stderr).toBe('Fireworks: status 401. Look at FIREWORKS_API_KEY.\nNothing was painted.\n');
  expect(code).toBe(1);
});

it('starts from a picture', async () => {
  const { cwd } = await imagine('a fox', '--steps', '1');
  const { stdout } = await imagine('a wolf', '--steps', '1', '--image', join(cwd, 'out.png'), '--strength', '0.50049');
  expect(stdout).toMatch(/strength 0\.5\b/);
});

it.each([
  [['fox', '--seed', '0'], 'A seed is a whole number from 1 to 4294967295.'],
  [['fox', '--seed', 'x'], 'A seed is a whole number from 1 to 4294967295.'],
  [['fox', '--steps', 'x'], 'Steps are a whole number'],
  [['fox', '--steps', '99'], 'sketch takes 1 to 50 steps.'],
  [['fox', '--count', '9'], 'Ask for 1 to 4 pictures at a time.'],
  [['fox', '--aspect', '7:1'], 'That aspect ratio is not offered. Pick one of: 1:1, 16:9,'],
  [['fox', '--model', 'imagen'], 'There is no model “imagen” here. Pick one of: sketch.'],
  [['fox', '--strength', '0.5'], 'Strength needs a picture to start from'],
  [['fox', '--image', 'no-such.png'], '--image no-such.png cannot be read.'],
  [['fox', '--image', 'a-text.txt'], 'That file is not a picture Easel can read.'],
  [['fox', '--out', 'no/such/folder.png'], '--out no/such/folder.png cannot be written.'],
  [['fox', '--out', '.'], '--out . is a folder.'],
  [['fox', '--colour', 'red'], 'Usage: npm run imagine'],
])('says of %j what to change, and paints nothing', async (args, sentence) => {
  const { code, stdout, stderr } = await imagine(...args);
  expect(stderr).toContain(sentence);
  expect(stderr).not.toMatch(/^\s+at /m);
  expect([code, stdout]).toEqual([1, '']);
});

it.each([
  [['--help'], 0],
  [[], 1],
])('shows how it is used with %j', async (args, code) => {
  expect(await imagine(...args)).toMatchObject({ code, stdout: expect.stringContaining('Usage: npm run imagine') });
});
