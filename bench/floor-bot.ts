import { AttachmentBuilder, type ChatInputCommandInteraction, Client, Events, type RESTOptions } from 'discord.js';
import sharp from 'sharp';
import {
  buildOrder,
  FLOOR_COMMANDS,
  floorSettings,
  PICTURE_PATH,
  VARIATION_PATH,
  variationAnswer,
} from './floor-request.ts';

// The least a discord.js bot can do: defer, fetch the picture, edit. Nothing is stored, queued or limited.

const { apiUrl, token, providerUrl } = floorSettings.parse(process.env);
const makeRequest = fetch as unknown as RESTOptions['makeRequest'];
const client = new Client({ intents: [], rest: { api: apiUrl, makeRequest, globalRequestsPerSecond: 1e9 } });

async function order(path: string, accept: string, body: unknown): Promise<Response> {
  return fetch(providerUrl + path, {
    method: 'POST',
    headers: { accept, 'content-type': 'application/json', authorization: 'Bearer bench' },
    body: JSON.stringify(body),
  });
}

async function paint(prompt: string): Promise<Buffer> {
  return Buffer.from(await (await order(PICTURE_PATH, 'image/png', buildOrder(prompt))).arrayBuffer());
}

async function vary(prompt: string, url: string): Promise<Buffer> {
  const start = await (await fetch(url)).arrayBuffer();
  const fitted = await sharp(start).resize(1024, 1024, { fit: 'cover' }).png({ compressionLevel: 3 }).toBuffer();
  const body = { ...buildOrder(prompt), init_image: fitted.toString('base64'), strength: 0.5 };
  const answer = variationAnswer.parse(await (await order(VARIATION_PATH, 'application/json', body)).json());
  return Buffer.from(answer.images[0]?.image_b64 ?? '', 'base64');
}

async function imagine(interaction: ChatInputCommandInteraction): Promise<void> {
  await interaction.deferReply();
  const { options } = interaction;
  const prompt = options.getString('prompt', true);
  const start = options.getAttachment('image');
  const pictures = await Promise.all(
    Array.from({ length: options.getInteger('count') ?? 1 }, () =>
      start === null ? paint(prompt) : vary(prompt, start.url),
    ),
  );
  const files = pictures.map((bytes, index) => new AttachmentBuilder(bytes, { name: `${index}.png` }));
  await interaction.editReply({ content: prompt, files });
}

client.on(Events.InteractionCreate, (interaction) => {
  if (interaction.isChatInputCommand()) imagine(interaction).catch(console.error);
});
client.once(Events.ClientReady, ({ application }) => {
  application.commands.set(FLOOR_COMMANDS).catch(console.error);
});
await client.login(token);
