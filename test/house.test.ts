import { globSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { handlers } from '../commands/index.ts';
import { readConfig } from '../src/config.ts';
import { speak } from '../src/language/index.ts';
import { createProviders, vendors } from '../src/providers/index.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

interface Import {
  /** A file of ours, relative to the root, or a package. */
  readonly to: string;
  readonly isPackage: boolean;
  /** Erased before it runs. */
  readonly isType: boolean;
}

const files = globSync(['src/**/*.ts', 'commands/**/*.ts'], { cwd: ROOT }).map((file) => file.replaceAll('\\', '/'));
const sources = new Map(files.map((file) => [file, readFileSync(join(ROOT, file), 'utf8')]));
const imports = new Map(files.map((file) => [file, importsOf(file)]));

function importsOf(file: string): Import[] {
  const source = sources.get(file) ?? '';
  const written = [
    ...source.matchAll(/^(?:import|export)\s+(type\s+)?(?:[^'";]*?\sfrom\s+)?'([^']+)'/gms),
    // Files loaded while it runs: workers of their own.
    ...source.matchAll(/new URL\(()'(\.[^']+\.ts)', import\.meta\.url\)/g),
    // Files and packages loaded when they are needed.
    ...source.matchAll(/\bimport\(()'([^']+)'\)/g),
  ];
  return written.map(([, type, specifier = '']) => ({
    to: specifier.startsWith('.') ? normalize(join(dirname(file), specifier)) : specifier,
    isPackage: !specifier.startsWith('.'),
    isType: type !== undefined && type !== '',
  }));
}

function edges(wanted: (edge: Import) => boolean): { from: string; to: string }[] {
  return [...imports].flatMap(([from, all]) => all.filter(wanted).map(({ to }) => ({ from, to })));
}

/** `commands`, `store`, `playground/discord`; of a file that stands alone in src: `src/main.ts`. */
function roomOf(file: string): string {
  const [top = '', ...path] = file.split('/');
  if (top === 'commands') return top;
  if (path.length === 1) return file;
  return path[0] === 'playground' && path[1] === 'discord' ? 'playground/discord' : (path[0] ?? '');
}

/** Where everything comes together. */
const ENTRIES = ['src/main.ts', 'src/deploy.ts', 'src/imagine.ts', 'src/db-copy.ts'];
const ROOTS = new Set([
  ...ENTRIES,
  'src/bot.ts',
  'src/start-bot.ts',
  'src/start-playground.ts',
  'src/explain-failure.ts',
]);
/** Everyone may import these. */
const SHARED = new Set(['src/errors.ts', 'src/log.ts', 'src/job-clock.ts', 'src/sent-mark.ts', 'language']);

/** What a room may import besides: rooms, or single files of them. */
const MAY_IMPORT: Readonly<Record<string, { values: readonly string[]; types?: readonly string[] }>> = {
  commands: { values: ['discord', 'generation', 'store', 'pixels'], types: ['src/services.ts'] },
  discord: { values: ['generation', 'http', 'pixels', 'store'], types: ['src/services.ts'] },
  jobs: { values: ['discord', 'generation', 'store'] },
  web: { values: [], types: ['store', 'src/metrics.ts'] },
  'src/services.ts': { values: [], types: ['generation', 'store'] },
  'src/metrics.ts': { values: [], types: ['generation', 'jobs'] },
  'src/errors.ts': { values: [] },
  providers: { values: ['http', 'pixels', 'generation'], types: ['src/config.ts'] },
  generation: { values: ['pixels', 'src/store/patiently.ts', 'src/store/health.ts'], types: ['store'] },
  http: { values: ['pixels'], types: ['generation'] },
  pixels: { values: [], types: ['generation'] },
  // Rows are read into the domain's own records.
  store: {
    values: ['src/generation/record.ts', 'src/generation/request.ts', 'src/generation/offer-record.ts'],
    types: ['src/generation/provider.ts'],
  },
  playground: { values: ['playground/discord', 'src/pixels/media-type.ts'] },
  // A Discord, not a part of Easel.
  'playground/discord': { values: ['src/pixels/picture-size.ts', 'src/pixels/media-type.ts'] },
};

function mayImport(from: string, { to, isType }: Import): boolean {
  const room = roomOf(from);
  const target = roomOf(to);
  if (room === target || ROOTS.has(from) || SHARED.has(target)) return !ENTRIES.includes(to);
  const { values = [], types = [] } = MAY_IMPORT[room] ?? {};
  return [...values, ...(isType ? types : [])].some((allowed) => allowed === target || allowed === to);
}

/** Which rooms, or files, a package may be used in; the others are everybody's. */
const HOMES: Readonly<Record<string, readonly string[]>> = {
  undici: ['http', 'providers'],
  'discord.js': ['discord'],
  kysely: ['store'],
  pg: ['store'],
  'node:sqlite': ['store', 'playground/discord'],
  pngjs: ['providers'],
  sharp: ['pixels'],
  ws: ['playground/discord'],
  'prom-client': ['src/metrics.ts'],
};

/** `kysely` of `kysely/migration`, `@scope/name` of `@scope/name/part`. */
function packageOf(specifier: string): string {
  if (specifier.startsWith('node:')) return specifier;
  return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
}

describe('imports', () => {
  it('are found at all', () => {
    expect(files.length).toBeGreaterThan(100);
    expect(edges(({ isPackage }) => !isPackage).length).toBeGreaterThan(200);
  });

  it('point at files that exist', () => {
    expect(edges(({ isPackage, to }) => !isPackage && !sources.has(to))).toEqual([]);
  });

  it('point one way', () => {
    const wrong = [...imports].flatMap(([from, all]) =>
      all.filter((edge) => !edge.isPackage && !mayImport(from, edge)).map(({ to }) => `${from} imports ${to}`),
    );
    expect(wrong).toEqual([]);
  });

  it('go round no circle of values', () => {
    const circles: string[] = [];
    const done = new Set<string>();
    function visit(file: string, path: readonly string[]): void {
      if (path.includes(file)) circles.push([...path.slice(path.indexOf(file)), file].join(' → '));
      if (done.has(file) || path.includes(file)) return;
      for (const { to, isPackage, isType } of imports.get(file) ?? []) {
        if (!isPackage && !isType) visit(to, [...path, file]);
      }
      done.add(file);
    }
    for (const file of files) visit(file, []);
    expect(circles).toEqual([]);
  });

  it('reach every file from an entry', () => {
    const reached = new Set<string>();
    function visit(file: string): void {
      if (reached.has(file)) return;
      reached.add(file);
      for (const { to, isPackage } of imports.get(file) ?? []) if (!isPackage) visit(to);
    }
    for (const entry of ENTRIES) visit(entry);
    expect(files.filter((file) => !reached.has(file))).toEqual([]);
  });

  it('keep packages in their homes', () => {
    const strays = edges(({ isPackage }) => isPackage)
      .map(({ from, to }) => ({ from, name: packageOf(to) }))
      .filter(({ from, name }) => HOMES[name] !== undefined && !HOMES[name].includes(roomOf(from)))
      .map(({ from, name }) => `${from} imports ${name}`);
    expect(strays).toEqual([]);
  });

  it('name only packages that are installed with the bot', () => {
    const { dependencies } = z
      .object({ dependencies: z.record(z.string(), z.string()) })
      .parse(JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')));
    const named = new Set(edges(({ isPackage }) => isPackage).map(({ to }) => packageOf(to)));
    const known = new Set([
      ...Object.keys(dependencies),
      ...builtinModules.map((name) => `node:${name}`),
      'node:sqlite',
    ]);
    expect([...named].filter((name) => !known.has(name))).toEqual([]);
  });
});

describe('settings', () => {
  it('are read from the environment in one place', () => {
    expect(files.filter((file) => /process\.env\b/.test(sources.get(file) ?? ''))).toEqual(['src/config.ts']);
  });

  it('stand in .env.example, every one, and nothing else does', () => {
    const example = readFileSync(join(ROOT, '.env.example'), 'utf8');
    const listed = [...example.matchAll(/^#?([A-Z][A-Z0-9_]+)=/gm)].map(([, name]) => name);
    const known = [...(sources.get('src/config.ts') ?? '').matchAll(/^ {2}([A-Z][A-Z0-9_]+):/gm)].map(
      ([, name]) => name,
    );
    expect(listed.toSorted()).toEqual(known.toSorted());
  });

  it('have the defaults .env.example names', () => {
    const example = readFileSync(join(ROOT, '.env.example'), 'utf8');
    const named = [...example.matchAll(/^#([A-Z][A-Z0-9_]+)=(.+)$/gm)].map(([, name = '', value = '']) => [
      name,
      value,
    ]);
    const defaults = z.record(z.string(), z.unknown()).parse(readConfig({}));
    const different = named.filter(
      ([name = '', value]) => name in defaults && defaults[name] !== undefined && String(defaults[name]) !== value,
    );
    expect(different).toEqual([]);
  });
});

describe('handlers', () => {
  const listed = new Set<unknown>([...handlers.commands, ...handlers.buttons, ...handlers.modals]);
  const isHandler = (value: unknown) => typeof value === 'object' && value !== null && 'run' in value;

  it.each(files.filter((file) => file.startsWith('commands/')))('of %s are listed', async (file) => {
    const exported: Record<string, unknown> = await import(new URL(`../${file}`, import.meta.url).href);
    const unlisted = Object.entries(exported).filter(([, value]) => isHandler(value) && !listed.has(value));
    expect(unlisted.map(([name]) => name)).toEqual([]);
  });

  it.each([
    ['commands', handlers.commands.map(({ name }) => name)],
    ['buttons', handlers.buttons.map(({ family }) => family)],
    ['modals', handlers.modals.map(({ family }) => family)],
  ])('have names of their own among the %s', (_kind, names) => {
    expect(new Set(names).size).toBe(names.length);
  });
});

describe('providers', () => {
  const everyKey = readConfig({
    OCTOAI_TOKEN: 'k',
    FIREWORKS_API_KEY: 'k',
    NOVITA_API_KEY: 'k',
    DEEPINFRA_TOKEN: 'k',
    FAL_KEY: 'k',
    SDAPI_URL: 'http://127.0.0.1:7860',
  });

  it('are all listed: every vendor has a file of its own and a line in the table', () => {
    const makers = files.filter(
      (file) => roomOf(file) === 'providers' && /\): ImageProvider \{$/m.test(sources.get(file) ?? ''),
    );
    const imported = (imports.get('src/providers/index.ts') ?? []).map(({ to }) => to);
    expect(makers.filter((file) => !imported.includes(file))).toEqual([]);
    expect(makers).toHaveLength(Object.keys(vendors).length);
  });

  it('carry the name they are listed by, and offer under it', async () => {
    const providers = createProviders(everyKey);
    expect(providers.map(({ id }) => id)).toEqual(Object.keys(vendors));
    for (const { id, label, offers } of providers) {
      expect(offers.length).toBeGreaterThan(0);
      expect(new Set(offers.map(({ provider, providerLabel }) => `${provider} ${providerLabel}`))).toEqual(
        new Set([`${id} ${label}`]),
      );
    }
    await Promise.all(providers.map((provider) => provider.close?.()));
  });

  it('that start from a picture are those that members are told to ask for', async () => {
    const providers = createProviders(everyKey);
    const wanted = providers.flatMap(({ id, offers }) => {
      if (!offers.some(({ modes }) => modes.includes('image-to-image'))) return [];
      // A server of one's own is brought in by its address; the built-in painter by nothing.
      return (id === 'sdapi' ? vendors[id]?.address : vendors[id]?.key) ?? [];
    });
    for (const key of ['no-variation', 'models-more'] as const) {
      expect(
        speak('en', { key })
          .match(/[A-Z]+_[A-Z]+/g)
          ?.toSorted(),
      ).toEqual(wanted.toSorted());
    }
    await Promise.all(providers.map((provider) => provider.close?.()));
  });

  it('are the built-in painter alone while no key is set', async () => {
    const providers = createProviders(readConfig({}));
    expect(providers.map(({ id }) => id)).toEqual(['sketch']);
    await Promise.all(providers.map((provider) => provider.close?.()));
  });
});
