import { z } from 'zod';

/** What both floors ask the provider for: what Easel sends for the same command. */
export function buildOrder(prompt: string) {
  return { prompt, width: 1024, height: 1024, steps: 4, seed: 7, samples: 1, safety_check: true };
}

export const PICTURE_PATH = '/inference/v1/workflows/accounts/fireworks/models/flux-1-schnell-fp8/text_to_image';
export const VARIATION_PATH = '/generate/flux-dev';
export const variationAnswer = z.object({ images: z.array(z.object({ image_b64: z.string() })).min(1) });

/** The one command a floor has. */
export const FLOOR_COMMANDS = [
  {
    name: 'imagine',
    description: 'Paints',
    options: [
      { type: 3, name: 'prompt', description: 'What to paint', required: true },
      { type: 4, name: 'count', description: 'How many' },
      { type: 11, name: 'image', description: 'What to start from' },
    ],
  },
];

/** The addresses and the token a floor is started with. */
export const floorSettings = z
  .object({ DISCORD_API_URL: z.url(), DISCORD_TOKEN: z.string(), PROVIDER_URL: z.url() })
  .transform((env) => ({ apiUrl: env.DISCORD_API_URL, token: env.DISCORD_TOKEN, providerUrl: env.PROVIDER_URL }));
