import { z } from 'zod';
import { complain, countCharacters, maybe, text } from '../parse.ts';

// docs: Message, Embed Limits (2026-08).
const MOST_EMBED_CHARACTERS = 6_000;

const link = z.url({ protocol: /^https?$/ }).max(2048);
const picture = maybe(
  z.object({
    url: z
      .string()
      .max(2048)
      .regex(/^(https?|attachment):\/\/\S+$/i, 'Not a well formed URL.'),
  }),
);

const embed = z.object({
  title: maybe(text(256)),
  description: maybe(text(4096)),
  url: maybe(link),
  timestamp: maybe(z.iso.datetime({ offset: true })),
  color: maybe(z.int().min(0).max(0xffffff)),
  footer: maybe(z.object({ text: text(2048, 1), icon_url: maybe(z.string().max(2048)) })),
  image: picture,
  thumbnail: picture,
  author: maybe(z.object({ name: text(256, 1), url: maybe(link), icon_url: maybe(z.string().max(2048)) })),
  fields: maybe(z.array(z.object({ name: text(256, 1), value: text(1024, 1), inline: maybe(z.boolean()) })).max(25)),
});

/** At most ten, with at most 6000 characters in all of them together. */
export const embeds = z
  .array(embed)
  .max(10)
  .superRefine((list, context) => {
    const texts = list.flatMap(({ title, description, footer, author, fields = [] }) => [
      title,
      description,
      footer?.text,
      author?.name,
      ...fields.flatMap(({ name, value }) => [name, value]),
    ]);
    const characters = texts.reduce((sum, part = '') => sum + countCharacters(part), 0);
    if (characters > MOST_EMBED_CHARACTERS) {
      complain(context, [], 'MAX_EMBED_SIZE_EXCEEDED', `Embed size exceeds maximum size of ${MOST_EMBED_CHARACTERS}`);
    }
  });
