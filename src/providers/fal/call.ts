import type { Picture, ProviderRequest } from '../../generation/provider.ts';
import { STRENGTH_RANGE } from '../../generation/request.ts';
import { requireInitImage, requireMask } from '../request-picture.ts';

/** The id of the endpoint that does it, and its body. Strength runs as ours does; white of a mask is repainted. */
export function buildFalCall(request: ProviderRequest): { endpoint: string; body: Readonly<Record<string, unknown>> } {
  const { mode, model, prompt, seed, count, width, height } = request;
  const common = {
    prompt,
    seed,
    output_format: 'png',
    enable_safety_checker: true,
    // The picture comes with the answer and stays out of fal.ai's own history.
    sync_mode: true,
    num_inference_steps: request.inferenceSteps,
  };
  const guidance = request.guidanceScale === undefined ? {} : { guidance_scale: request.guidanceScale };
  switch (mode) {
    case 'text-to-image':
      return {
        endpoint: model === 'flux-schnell' ? 'fal-ai/flux/schnell' : 'fal-ai/flux/dev',
        body: { ...common, ...guidance, num_images: count, image_size: { width, height } },
      };
    case 'image-to-image':
      return {
        endpoint: 'fal-ai/flux/dev/image-to-image',
        body: {
          ...common,
          ...guidance,
          num_images: count,
          image_url: toDataUri(requireInitImage(request)),
          // Its own default, 0.95, leaves next to nothing of the picture.
          strength: request.strength ?? STRENGTH_RANGE.variation,
        },
      };
    case 'inpaint':
      return {
        endpoint: 'fal-ai/flux-lora-fill',
        body: { ...common, image_url: toDataUri(requireInitImage(request)), mask_url: toDataUri(requireMask(request)) },
      };
  }
}

function toDataUri({ bytes, mediaType }: Picture): string {
  return `data:${mediaType};base64,${bytes.toString('base64')}`;
}
