import type { Config, ProviderName } from '../config.ts';
import { SETUP_FAILURES } from '../errors.ts';
import type { ImageProvider } from '../generation/provider.ts';
import { createDeepInfra } from './deepinfra/deepinfra.ts';
import { createFal } from './fal/fal.ts';
import { createFireworks } from './fireworks.ts';
import { createNovita } from './novita.ts';
import { createOctoAi } from './octoai.ts';
import { createSdapi } from './sdapi.ts';
import { createSketch } from './sketch/sketch.ts';

interface Vendor {
  /** Absent from the bot when `create` answers `undefined`: its key is not set. */
  create(config: Config): ImageProvider | undefined;
  /** Calls in flight, over all processes. */
  concurrency(config: Config): number;
  /** The variables with its key and its address, for what only the operator can mend. */
  readonly key?: string;
  readonly address?: string;
}

/** Every vendor there is; a key in the environment brings it in. */
export const vendors: Readonly<Record<string, Vendor>> = {
  octoai: {
    create: ({ OCTOAI_TOKEN: token, OCTOAI_BASE_URL: baseUrl }) =>
      token === undefined ? undefined : createOctoAi({ token, baseUrl }),
    concurrency: (config) => config.OCTOAI_CONCURRENCY,
    key: 'OCTOAI_TOKEN',
    address: 'OCTOAI_BASE_URL',
  },
  fireworks: {
    create: ({
      FIREWORKS_API_KEY: apiKey,
      FIREWORKS_BASE_URL: baseUrl,
      FIREWORKS_DIALECT: dialect,
      FIREWORKS_SAFETY_CHECK: check,
    }) =>
      apiKey === undefined ? undefined : createFireworks({ apiKey, baseUrl, dialect, safetyCheck: check === 'on' }),
    concurrency: (config) => config.FIREWORKS_CONCURRENCY,
    key: 'FIREWORKS_API_KEY',
    address: 'FIREWORKS_BASE_URL',
  },
  novita: {
    create: ({
      NOVITA_API_KEY: apiKey,
      NOVITA_BASE_URL: baseUrl,
      NOVITA_IMAGE_TYPE_FIELD: imageTypeField,
      NOVITA_RESULT_HOSTS: hosts,
    }) => (apiKey === undefined ? undefined : createNovita({ apiKey, baseUrl, imageTypeField, resultHosts: hosts })),
    concurrency: (config) => config.NOVITA_CONCURRENCY,
    key: 'NOVITA_API_KEY',
    address: 'NOVITA_BASE_URL',
  },
  deepinfra: {
    create: ({ DEEPINFRA_TOKEN: token, DEEPINFRA_BASE_URL: baseUrl, DEEPINFRA_API: api }) =>
      token === undefined ? undefined : createDeepInfra({ token, baseUrl, api }),
    concurrency: (config) => config.DEEPINFRA_CONCURRENCY,
    key: 'DEEPINFRA_TOKEN',
    address: 'DEEPINFRA_BASE_URL',
  },
  fal: {
    create: ({ FAL_KEY: apiKey, FAL_BASE_URL: baseUrl }) =>
      apiKey === undefined ? undefined : createFal({ apiKey, baseUrl }),
    concurrency: (config) => config.FAL_CONCURRENCY,
    key: 'FAL_KEY',
    address: 'FAL_BASE_URL',
  },
  sdapi: {
    create: ({ SDAPI_URL: url, SDAPI_AUTH: auth, SDAPI_MODEL: model, SDAPI_STEPS: defaultSteps }) =>
      url === undefined ? undefined : createSdapi({ url, model, defaultSteps, auth }),
    concurrency: (config) => config.SDAPI_CONCURRENCY,
    key: 'SDAPI_AUTH',
    address: 'SDAPI_URL',
  },
  sketch: {
    create: () => createSketch(),
    concurrency: (config) => config.SKETCH_CONCURRENCY,
  },
} satisfies Record<ProviderName, Vendor>;

/** The vendors that are set up here; the built-in painter always is. */
export function createProviders(config: Config): ImageProvider[] {
  return Object.values(vendors).flatMap((vendor) => vendor.create(config) ?? []);
}

/** Calls a provider may have in flight, over all processes. */
export function slotsOf(config: Config): (offer: { provider: string }) => number {
  return ({ provider }) => vendors[provider]?.concurrency(config) ?? 1;
}

/** The variable an operator has to look at when a provider refuses us; `undefined` when it is not about our setup. */
export function variableOf(provider: string, failure: string): string | undefined {
  if (failure === 'wrong-address') return vendors[provider]?.address;
  return SETUP_FAILURES.some((setup) => setup === failure) ? vendors[provider]?.key : undefined;
}
